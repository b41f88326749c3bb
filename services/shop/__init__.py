"""The points shop: goods and stock, redemption at a station, codes, waiting (feature E4)."""
