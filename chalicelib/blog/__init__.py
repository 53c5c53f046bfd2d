"""The blog: read by everyone from the edge, written by few."""
