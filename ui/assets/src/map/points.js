// Incidents and stations: one canvas, symbols rasterised once for each size; thousands of points stay smooth.

import L from "leaflet";
import { FONT, SIZES, palette } from "./theme.js";

const SHRINK = [[150, 1], [400, 0.8], [1200, 0.62], [4000, 0.45], [Infinity, 0.32]];
const LEAST = 7;

export const MOST_BESIDE = 400;

/** Stations share buildings: one that would cover another (of `placed`, with x and y) moves beside it. */
export function standBeside(placed, at, size) {
  for (let i = 0; i < 4; i += 1) {
    if (!placed.some((s) => Math.abs(s.x - at.x) < size * 0.7 && Math.abs(s.y - at.y) < size * 0.7)) return;
    at.x += size * 0.92;
  }
}

/** Symbols by name as canvases of a given size in CSS pixels. */
export class SymbolSheet {
  constructor(svgs) {
    this.svgs = svgs;
    this.images = new Map();
    this.drawn = new Map();
  }

  load() {
    return Promise.all(Object.entries(this.svgs).map(([name, svg]) => new Promise((done) => {
      const image = new Image();
      image.onload = image.onerror = () => done();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
      this.images.set(name, image);
    })));
  }

  get(name, size) {
    const key = `${name}@${size}`;
    if (!this.drawn.has(key)) this.drawn.set(key, this.draw(this.images.get(name) || this.images.get("generic"), size));
    return this.drawn.get(key);
  }

  draw(image, size) {
    const sharp = window.devicePixelRatio || 1;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.ceil(size * sharp);
    if (image && image.naturalWidth) canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
}

/** A Leaflet renderer that paints the layers of `state.points`; late cases come last in their rows, so on top. */
export const PointLayer = L.Renderer.extend({
  initialize(state, options) {
    L.Renderer.prototype.initialize.call(this, { pane: "points", padding: 0.2, ...options });
    this.state = state;
    this.placed = [];
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.style.pointerEvents = "none";
    this._ctx = this._container.getContext("2d");
  },

  _destroyContainer() {
    this._container.remove();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const { min } = this._bounds;
    const size = this._bounds.getSize();
    const sharp = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, min);
    this._container.width = size.x * sharp;
    this._container.height = size.y * sharp;
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this._ctx.setTransform(sharp, 0, 0, sharp, -min.x * sharp, -min.y * sharp);
    this.paint();
  },

  _updatePaths() {},

  redraw() {
    if (!this._map || !this._bounds) return;
    const { min, max } = this._bounds;
    this._ctx.clearRect(min.x, min.y, max.x - min.x, max.y - min.y);
    this.paint();
  },

  paint() {
    this.placed = [];
    for (const name of ["stations", "incidents"]) {
      const layer = this.state.points[name];
      if (layer && this.state.layers[name]) this.paintLayer(name, layer);
    }
    this.paintChosen();
  },

  paintLayer(name, layer) {
    const size = this.symbolSize(layer);
    const { min, max } = this._bounds;
    for (const row of layer.rows) {
      const at = this._map.latLngToLayerPoint([row[2], row[1]]);
      if (name === "stations" && layer.rows.length <= MOST_BESIDE) standBeside(this.placed, at, size);
      if (at.x < min.x - size || at.x > max.x + size || at.y < min.y - size || at.y > max.y + size) continue;
      const image = this.state.sheet.get(layer.symbols[row[3]], size);
      this._ctx.drawImage(image, at.x - size / 2, at.y - size / 2, size, size);
      this.placed.push({ name, row, x: at.x, y: at.y, size });
    }
    for (const bunch of layer.bunches || []) this.paintBunch(name, layer, bunch);
  },

  /** Many points of one area as one disc with their number; the colour is that of the most urgent. */
  paintBunch(name, layer, [id, lon, lat, count]) {
    const at = this._map.latLngToLayerPoint([lat, lon]);
    const p = palette(this.state.theme);
    const ctx = this._ctx;
    const text = count.toLocaleString();
    const radius = 11 + 2.6 * text.length;
    ctx.beginPath();
    ctx.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    ctx.fillStyle = p.chosen;
    ctx.fill();
    ctx.lineWidth = 2;
    ctx.strokeStyle = p.halo;
    ctx.stroke();
    ctx.font = `700 13px ${FONT}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = p.halo;
    ctx.fillText(text, at.x, at.y);
    this.placed.push({ name: "bunch", row: [id, lon, lat], x: at.x, y: at.y, size: radius * 2 });
  },

  paintChosen() {
    const chosen = this.state.chosenPoint;
    const spot = chosen && this.placed.find((s) => s.name === chosen.layer && s.row[0] === chosen.id);
    if (!spot) return;
    const p = palette(this.state.theme);
    for (const [color, width] of [[p.halo, 4.5], [p.ring, 2.2]]) {
      this._ctx.beginPath();
      this._ctx.arc(spot.x, spot.y, spot.size * 0.62, 0, 2 * Math.PI);
      this._ctx.strokeStyle = color;
      this._ctx.lineWidth = width;
      this._ctx.stroke();
    }
  },

  /** Full size while few are on screen; it depends on zoom and number alone, so that panning never changes it. */
  symbolSize(layer) {
    const full = SIZES[this.state.face].symbol;
    const view = this._map.getSize();
    const spread = this.spread(layer);
    const share = spread > 0 ? Math.min(1, (view.x * view.y) / spread) : 1;
    const [, factor] = SHRINK.find(([most]) => layer.rows.length * share <= most);
    return Math.max(LEAST, Math.round(full * factor));
  },

  spread(layer) {
    if (!layer.rows.length) return 0;
    layer.box = layer.box || L.latLngBounds(layer.rows.map((row) => [row[2], row[1]]));
    const zoom = this._map.getZoom();
    const a = this._map.project(layer.box.getSouthWest(), zoom);
    const b = this._map.project(layer.box.getNorthEast(), zoom);
    return Math.abs((b.x - a.x) * (b.y - a.y));
  },

  /** The topmost symbol within a finger's reach of a layer point, null where there is none. */
  hit(point) {
    const reach = SIZES[this.state.face].touch;
    let best = null;
    for (let i = this.placed.length - 1; i >= 0; i -= 1) {
      const spot = this.placed[i];
      const far = Math.hypot(spot.x - point.x, spot.y - point.y);
      const within = Math.max(spot.size / 2, Math.min(reach, spot.size));
      if (far <= within && (!best || far < best.far - spot.size / 3)) best = { ...spot, far };
    }
    return best;
  },
});
