"""Files from outside: what stands in them becomes requests, and what can't be taken is named row by row."""
