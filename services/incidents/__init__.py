"""Incidents: logging, the case and its card, every step, links, repeats, photos."""
