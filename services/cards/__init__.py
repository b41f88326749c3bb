"""Cards of members: figures that are records, what is shown to everybody, print."""
