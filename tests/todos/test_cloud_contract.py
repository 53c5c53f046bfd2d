"""The contract on the embedded cloud."""

from tests.todos.contract import TodosContract


class TestTodos(TodosContract):
    """On the embedded cloud."""
