"""Invoices: from the draft that draws a number to the issued document that never changes again (I1 to I12)."""
