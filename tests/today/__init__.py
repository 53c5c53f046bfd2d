"""The signed-in home."""
