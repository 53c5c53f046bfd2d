"""The shared catalogue of music albums."""
