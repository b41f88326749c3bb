"""The address "/": ui/main.py has already sent the user to where their role begins."""
