"""Party organisations: the tree, its changes, coverage."""
