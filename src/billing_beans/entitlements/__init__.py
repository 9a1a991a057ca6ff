"""Entitlements: lots of what was sold and paid, and their consumption, oldest first (E1 to E3, I6)."""
