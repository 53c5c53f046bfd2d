"""Translation and text-to-speech: jobs, the work on them, and the recordings."""
