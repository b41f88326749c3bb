"""What the README's figures come from: each is a ratio against the plain way in the same run."""
