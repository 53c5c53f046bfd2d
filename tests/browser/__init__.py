"""The pages, in Chromium."""
