"""templates of billing-beans."""
