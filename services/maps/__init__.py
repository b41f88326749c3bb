"""What the map fetches: tiles, points, overlays, the panel."""
