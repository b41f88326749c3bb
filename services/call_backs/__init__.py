"""回访: asking the reporters, and the three rates."""
