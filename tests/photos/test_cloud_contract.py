"""The contract on the embedded cloud."""

from tests.photos.contract import PhotosContract


class TestPhotos(PhotosContract):
    """On the embedded cloud."""
