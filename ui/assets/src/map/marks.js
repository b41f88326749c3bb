// What a person chose: the outline of an area, a pin, the own position. All drawn as SVG above the tiles.

import L from "leaflet";
import { palette } from "./theme.js";

const PIN =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="50" viewBox="-20 -50 40 54">' +
  '<ellipse cy="1" rx="9" ry="3.4" fill="#14233A" opacity=".3"/>' +
  '<path d="M0 0C-6-12-17-18-17-31A17 17 0 0 1 17-31C17-18 6-12 0 0Z" fill="{fill}" stroke="{edge}" stroke-width="2.5"/>' +
  '<circle cy="-31" r="6.5" fill="#fff"/></svg>';

export class Marks {
  constructor(map, state, fetchOutline) {
    Object.assign(this, { map, state, fetchOutline });
    this.areaId = null;
    this.outline = null;
    this.outlines = new Map();
  }

  /** Outline the area with this id, null for none; resolves to its Leaflet bounds once it is drawn. */
  async choose(id) {
    if (id === this.areaId) return this.outline && this.outline.getBounds();
    this.areaId = id;
    if (id === null) {
      this.clearOutline();
      return null;
    }
    if (!this.outlines.has(id)) this.outlines.set(id, await this.fetchOutline(id));
    if (this.areaId !== id) return null;
    this.clearOutline();
    const geometry = this.outlines.get(id);
    if (!geometry) return null;
    this.outline = L.geoJSON(geometry, { interactive: false, pane: "chosen", style: this.style() }).addTo(this.map);
    return this.outline.getBounds();
  }

  style() {
    const p = palette(this.state.theme);
    const weight = this.state.face === "screen" ? 4.5 : 3.5;
    return { color: p.chosen, weight, fillColor: p.chosen, fillOpacity: 0.1, lineJoin: "round" };
  }

  clearOutline() {
    if (this.outline) this.outline.remove();
    this.outline = null;
  }

  pinAt(place) {
    if (this.pin) this.pin.remove();
    this.pin = null;
    if (!place) return;
    const p = palette(this.state.theme);
    const html = PIN.replace("{fill}", p.pin).replace("{edge}", p.pinEdge);
    const icon = L.divIcon({ html, className: "linge-pin", iconSize: [40, 50], iconAnchor: [20, 46] });
    this.pin = L.marker([place[1], place[0]], { icon, interactive: false, keyboard: false, pane: "marks" }).addTo(this.map);
  }

  positionAt(latlng, accuracy) {
    if (this.position) this.position.remove();
    const blue = palette(this.state.theme).pinEdge;
    const around = { radius: accuracy, color: "#2B8AD6", weight: 1, fillOpacity: 0.12, interactive: false, pane: "chosen" };
    const dot = { radius: 7, color: blue, weight: 3, fillColor: "#2B8AD6", fillOpacity: 1, interactive: false, pane: "chosen" };
    this.position = L.layerGroup([L.circle(latlng, around), L.circleMarker(latlng, dot)]).addTo(this.map);
  }

  restyle() {
    if (this.outline) this.outline.setStyle(this.style());
    if (this.pin) {
      const { lat, lng } = this.pin.getLatLng();
      this.pinAt([lng, lat]);
    }
  }
}
