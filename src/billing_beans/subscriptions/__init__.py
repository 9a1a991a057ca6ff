"""Subscriptions: plans that are billed again and again, and what changes them."""
