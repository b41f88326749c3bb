"""Figures: the indicators with the lists behind them, and what the screen and the desk sum."""
