"""Readers who want new articles by mail, and the mails to them."""
