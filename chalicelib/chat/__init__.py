"""Conversations between people: messages, unread counts, members."""
