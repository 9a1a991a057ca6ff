"""Payments: submitted with a proof, then verified or rejected (Y1, Y2)."""
