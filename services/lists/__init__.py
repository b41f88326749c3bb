"""What all lists share: reading tables, search keys, writing files."""
