// Lines that a person draws to cut an area, corner by corner. A click shows at once; the page's next instruction says
// the same, or takes the corner back.

import L from "leaflet";

const COLOURS = { light: { line: "#C3202C", halo: "#FFFFFF" }, dark: { line: "#FF8A80", halo: "#0B1626" } };

export class Cut {
  constructor(map, state) {
    Object.assign(this, { map, state, lines: [], drawing: false, layer: null });
  }

  /** Show lines of [lon, lat] corners; while `drawing`, clicks belong to the last of them. */
  show(lines, drawing) {
    this.drawing = Boolean(drawing);
    this.map.getContainer().classList.toggle("linge-choose", this.drawing);
    if (JSON.stringify(lines) === JSON.stringify(this.lines)) return;
    this.lines = lines;
    this.redraw();
  }

  add({ lng, lat }) {
    const before = this.lines.length ? this.lines : [[]];
    this.lines = [...before.slice(0, -1), [...before[before.length - 1], [lng, lat]]];
    this.redraw();
  }

  redraw() {
    if (this.layer) this.layer.remove();
    const { line, halo } = COLOURS[this.state.theme];
    const plain = { interactive: false, pane: "chosen", lineCap: "round", lineJoin: "round", fill: false };
    const drawn = this.lines.flatMap((corners) => {
      const places = corners.map(([lon, lat]) => [lat, lon]);
      return [
        L.polyline(places, { ...plain, color: halo, weight: 8, opacity: 0.9 }),
        L.polyline(places, { ...plain, color: line, weight: 4, dashArray: "10 7" }),
        ...places.map((place) => L.circleMarker(place, { ...plain, fill: true, radius: 6, color: line, weight: 3, fillColor: halo, fillOpacity: 1 })),
      ];
    });
    this.layer = L.layerGroup(drawn).addTo(this.map);
    this.map.getContainer().dataset.corners = this.lines.reduce((sum, corners) => sum + corners.length, 0);
  }
}
