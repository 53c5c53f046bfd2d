"""The contract on moto, through our own client and through boto3."""

from tests.photos.contract import PhotosContract


class TestPhotos(PhotosContract):
    """On moto."""
