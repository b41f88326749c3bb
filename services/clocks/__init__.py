"""Deadlines: the working calendar, recounts, requests for time and for mercy."""
