"""The blog's articles: written by authors, read by everyone from the edge."""
