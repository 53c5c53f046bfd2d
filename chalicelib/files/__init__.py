"""A private folder of files for each person, which the browser reaches directly."""
