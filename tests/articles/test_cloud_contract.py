"""The contract on the embedded cloud."""

from tests.articles.contract import ArticlesContract


class TestArticles(ArticlesContract):
    """On the embedded cloud."""
