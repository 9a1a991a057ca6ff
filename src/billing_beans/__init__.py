"""Billing as Beancount directives in ledger files under git."""

__version__ = "0.1.0"
