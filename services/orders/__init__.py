"""Work orders of other systems: from a file to cases."""
