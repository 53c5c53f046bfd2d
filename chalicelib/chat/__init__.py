"""Conversations between people: messages, what is unread, who is in."""
