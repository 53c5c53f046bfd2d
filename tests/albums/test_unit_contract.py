"""The contract on moto, through our own client and through boto3."""

from tests.albums.contract import CatalogueContract


class TestCatalogue(CatalogueContract):
    """On moto."""
