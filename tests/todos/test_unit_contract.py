"""The contract on moto, through our own client and through boto3."""

from tests.todos.contract import TodosContract


class TestTodos(TodosContract):
    """On moto."""
