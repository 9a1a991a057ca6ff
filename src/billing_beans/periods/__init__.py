"""Periods of the books: closed, so that nothing is dated into them any more (B2)."""
