"""Plots with an owner: drawn, checked, shown on the map with what the newest check found."""
