"""People: the register, posts, grids they look after, volunteers."""
