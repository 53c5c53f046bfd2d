"""To-dos: a list that is read far more often than written."""
