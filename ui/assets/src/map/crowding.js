// How many symbols lie under a label: a grid of cells over the points, in pixels of one zoom.

import { MOST_BESIDE, standBeside } from "./points.js";
import { SIZES } from "./theme.js";

const CELL = 64;
const MOST = 3000; // symbols; beyond that they are specks, and labels need not give way

export class Crowding {
  constructor(state, stretch) {
    this.state = state;
    this.stretch = stretch;
    this.grids = new Map();
  }

  clear() {
    this.grids.clear();
  }

  /** Number of symbols whose square touches `box` (tile pixels of `zoom`, counted from the world's corner). */
  count(zoom, box) {
    const grid = this.grid(zoom);
    const reach = SIZES[this.state.face].symbol / this.stretch / 2;
    let found = 0;
    for (let cx = Math.floor((box.minX - reach) / CELL); cx <= Math.floor((box.maxX + reach) / CELL); cx += 1) {
      for (let cy = Math.floor((box.minY - reach) / CELL); cy <= Math.floor((box.maxY + reach) / CELL); cy += 1) {
        for (const [x, y] of grid.get(`${cx}:${cy}`) || []) {
          const inside = x > box.minX - reach && x < box.maxX + reach && y > box.minY - reach && y < box.maxY + reach;
          if (inside) found += 1;
        }
      }
    }
    return found;
  }

  grid(zoom) {
    if (!this.grids.has(zoom)) this.grids.set(zoom, this.build(zoom));
    return this.grids.get(zoom);
  }

  build(zoom) {
    const cells = new Map();
    for (const name of ["stations", "incidents"]) {
      const layer = this.state.points[name];
      if (!layer || !this.state.layers[name] || layer.rows.length > MOST) continue;
      for (const spot of this.spots(name, layer.rows, zoom)) {
        const key = `${Math.floor(spot.x / CELL)}:${Math.floor(spot.y / CELL)}`;
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push([spot.x, spot.y]);
      }
    }
    return cells;
  }

  /** Where symbols are drawn, in tile pixels. */
  spots(name, rows, zoom) {
    const world = 256 * 2 ** zoom;
    const size = SIZES[this.state.face].symbol / this.stretch;
    const placed = [];
    for (const [, lon, lat] of rows) {
      const sin = Math.sin((lat * Math.PI) / 180);
      const y = (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * world;
      const at = { x: ((lon + 180) / 360) * world, y };
      if (name === "stations" && rows.length <= MOST_BESIDE) standBeside(placed, at, size);
      placed.push(at);
    }
    return placed;
  }
}
