"""What a case may be called and how long it may take; what may be asked of the grids."""
