"""A private folder of files for each person, reached by the browser itself."""
