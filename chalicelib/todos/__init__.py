"""To-dos that are mostly read, and a folder of files for each person."""
