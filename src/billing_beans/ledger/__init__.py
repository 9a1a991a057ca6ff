"""Facts to text, text to facts, and text to disk."""
