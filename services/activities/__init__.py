"""What volunteers meet for: the calendar, plans, who came, hours."""
