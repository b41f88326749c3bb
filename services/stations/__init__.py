"""Stations: the register, and from a table."""
