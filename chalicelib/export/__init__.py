"""All that is a person's own, as a zip of JSON and files."""
