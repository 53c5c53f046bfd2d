"""The blog's articles: written by authors, served to everyone from the edge."""
