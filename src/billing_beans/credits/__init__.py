"""Credit wallets: grants and their lots, applications, adjustments and expiry."""
