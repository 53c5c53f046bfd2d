"""The blog's photos: uploaded once, shown in several sizes."""
