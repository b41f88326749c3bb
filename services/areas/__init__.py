"""Areas: the register and its tree, import and check, which area a place lies in."""
