"""Bank statements: read in each format into the same lines, matched to what is owed, recorded as payments (Y3, Y6)."""
