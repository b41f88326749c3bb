"""Rotas: made fairly, changed by swaps with consent, missed duties shown."""
