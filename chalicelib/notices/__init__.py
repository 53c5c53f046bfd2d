"""What a person was told of: the list, what is read of it, and which kinds they want."""
