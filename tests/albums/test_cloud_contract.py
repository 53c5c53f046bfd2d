"""The contract on the embedded cloud."""

from tests.albums.contract import CatalogueContract


class TestCatalogue(CatalogueContract):
    """On the embedded cloud."""

    model_examples = 25
