"""Billing runs: what is due is reckoned, reviewed, and posted."""
