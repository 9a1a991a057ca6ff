"""ledgers of billing-beans."""
