"""Readers who get new articles by mail, and the mails to them."""
