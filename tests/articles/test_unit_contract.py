"""The contract on moto, through our own client and through boto3."""

from tests.articles.contract import ArticlesContract


class TestArticles(ArticlesContract):
    """On moto."""
