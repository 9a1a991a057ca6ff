"""What the books add up to on a day or in a period: pure functions of `Books` that give plain records (R5)."""
