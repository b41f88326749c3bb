"""The chained entries of a case: written one by one or in bulk, and checked."""
