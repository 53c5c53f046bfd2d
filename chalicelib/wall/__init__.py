"""The wall: public posts that appear in every open browser."""
