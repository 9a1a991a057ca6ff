"""Revenue that is earned over a period, on real books (R5)."""
