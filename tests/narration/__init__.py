"""Articles read aloud."""
