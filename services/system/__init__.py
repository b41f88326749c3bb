"""The installation itself: what it serves, its start, backup and verify, what is erased and when."""
