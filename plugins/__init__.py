"""plugins of billing-beans."""
