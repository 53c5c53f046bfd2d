"""What readers say below an article."""
