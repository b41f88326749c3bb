"""Points: the ledger, what brings points, expiry, closing of months, what members see (feature E3)."""
