"""What payment processors tell: events, lists and reports of Stripe and PayPal become records, and these become payments (Y6)."""
