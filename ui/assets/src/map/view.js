// The first view: bounds fill the frame exactly, by stretching the scale of zooms a little, so that text stays sharp.

import L from "leaflet";

const MARGIN = { desk: 14, tablet: 14, screen: 24 };

/** Stretches the map's zoom scale so that `bounds` fill it at a whole zoom; returns the size of a tile in pixels. */
export function fitExactly(map, bounds, face) {
  const size = map.getSize();
  const margin = 2 * MARGIN[face];
  const a = L.CRS.EPSG3857.latLngToPoint(bounds.getSouthWest(), 0);
  const b = L.CRS.EPSG3857.latLngToPoint(bounds.getNorthEast(), 0);
  const room = Math.min((size.x - margin) / Math.abs(b.x - a.x), (size.y - margin) / Math.abs(b.y - a.y));
  const exact = Math.log2(Math.max(room, 1));
  const tile = Math.round(256 * 2 ** (exact - Math.round(exact)));
  setTileSize(map, tile);
  return tile;
}

export function setTileSize(map, tile) {
  map.options.crs = L.extend({}, L.CRS.EPSG3857, {
    scale: (zoom) => tile * 2 ** zoom,
    zoom: (scale) => Math.log2(scale / tile),
  });
}

/** Where a person left this map, as long as it shows the same place; survives a change of page, not of tab. */
export class RememberedView {
  constructor(config) {
    this.key = `linge.view.${config.key}`;
    this.place = JSON.stringify(config.view);
    this.on = config.remember;
  }

  restore(map) {
    if (!this.on) return false;
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key));
      if (!kept || kept.place !== this.place) return false;
      map.setView([kept.lat, kept.lon], kept.zoom, { animate: false });
      return true;
    } catch {
      return false;
    }
  }

  keep(map) {
    if (!this.on) return;
    const { lat, lng } = map.getCenter();
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ place: this.place, lat, lon: lng, zoom: map.getZoom() }));
    } catch {
      // A full or forbidden store only means that the view is not remembered.
    }
  }
}
