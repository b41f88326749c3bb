// Shapes that a page shows for a while: the preview of an import, findings of a check. Each kind has its colour and
// its line, so that they can be told apart without colour.

import L from "leaflet";

const KINDS = {
  new: { light: "#17406F", dark: "#5DB0F5", dashArray: null, fill: 0.18 },
  changed: { light: "#6B2480", dark: "#F2C4F7", dashArray: "7 4", fill: 0.18 },
  overlaps: { light: "#C3202C", dark: "#FF6F66", dashArray: null, fill: 0.45 },
  gaps: { light: "#B97800", dark: "#FFC24D", dashArray: "6 4", fill: 0.35 },
  slivers: { light: "#6B2480", dark: "#F2C4F7", dashArray: "2 4", fill: 0.45 },
  invalid: { light: "#14233A", dark: "#FFFFFF", dashArray: "1 5", fill: 0.5 },
  plot_kept: { light: "#66727F", dark: "#8FA3BC", dashArray: null, fill: 0.25, labelled: true, side: "top" },
  plot_not_kept: { light: "#C3202C", dark: "#FF6F66", dashArray: "8 4", fill: 0.4, labelled: true, side: "top" },
  plot_unchecked: { light: "#14233A", dark: "#FFFFFF", dashArray: "2 5", fill: 0.1, labelled: true, side: "top" },
  outside_parent: { light: "#2B8AD6", dark: "#3E97E8", dashArray: "10 4 2 4", fill: 0.35 },
};

// The parts of an area that is to be cut, one colour each, with a label that says what each holds.
const PARTS = [["#17406F", "#5DB0F5"], ["#B97800", "#FFC24D"], ["#6B2480", "#F2C4F7"], ["#1F7A4D", "#6FD8A0"], ["#8C4A2F", "#F0A88A"], ["#2B8AD6", "#9CD2FF"]];
PARTS.forEach(([light, dark], place) => (KINDS[`part${place}`] = { light, dark, dashArray: null, fill: 0.28, labelled: true }));

// Which plot keeps its label where two would lie on each other.
const WEIGHT = ["plot_not_kept", "plot_unchecked", "plot_kept"];

function words(text) {
  return Object.assign(document.createElement("span"), { textContent: text });
}

const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

export class Overlay {
  constructor(map, state, read, fit) {
    Object.assign(this, { map, state, read, fit, token: "", picked: null, layer: null });
    map.on("zoomend resize", () => this.thin());
  }

  /** Show the shapes of a token, "" for none; a new token is fitted into the view, and so is a newly picked shape. */
  async show(token, pick) {
    if (token !== this.token) {
      this.token = token;
      this.picked = null;
      const shapes = token ? await this.read(token) : null;
      if (this.token !== token) return; // another one was asked for meanwhile
      this.draw(shapes);
      if (this.layer && pick === null) this.fit(this.layer.getBounds());
    }
    if (pick !== this.picked) {
      this.picked = pick;
      this.restyle();
      this.goTo(pick);
      this.thin();
    }
  }

  draw(shapes) {
    if (this.layer) this.layer.remove();
    this.layer = null;
    this.map.getContainer().dataset.overlay = shapes ? shapes.features.length : 0;
    if (!shapes) return;
    this.sides = shapes.features.length;
    this.layer = L.geoJSON(shapes, {
      interactive: false, pane: "shapes", style: (feature) => this.style(feature),
      onEachFeature: (feature, shape) => this.label(feature, shape),
      pointToLayer: (feature, latlng) => L.circleMarker(latlng, { radius: 9, interactive: false, pane: "shapes" }),
    }).addTo(this.map);
    this.thin();
  }

  label(feature, shape) {
    const { properties } = feature;
    const { labelled, side } = KINDS[properties.kind] || {};
    if (!properties.label || !labelled) return;
    const direction = side || (this.sides > 1 ? (feature.id % 2 ? "right" : "left") : "center"); // from west to east: side by side
    shape.bindTooltip(words(properties.label), { permanent: true, direction, className: "linge-part", interactive: false });
  }

  /** Labels of plots that would lie on another give way: to their sign alone, and where that does not fit either, wholly. */
  thin() {
    const taken = [];
    const rank = ({ feature }) => (feature.id === this.picked ? -1 : WEIGHT.indexOf(feature.properties.kind));
    const shapes = this.layer ? this.layer.getLayers() : [];
    const plots = shapes.filter((shape) => shape.getTooltip() && WEIGHT.includes(shape.feature.properties.kind));
    for (const shape of plots.sort((a, b) => rank(a) - rank(b))) {
      const tooltip = shape.getTooltip();
      const { label } = shape.feature.properties;
      const room = [label, label.split(" ")[0]].some((text) => {
        tooltip.setContent(words(text));
        const place = tooltip.getElement().getBoundingClientRect();
        if (taken.some((other) => touch(other, place))) return false;
        taken.push(place);
        return true;
      });
      tooltip.setOpacity(room ? 1 : 0);
    }
  }

  style(feature) {
    const kind = KINDS[feature.properties.kind] || KINDS.new;
    const chosen = feature.id === this.picked;
    return {
      color: kind[this.state.theme], weight: chosen ? 4.5 : 2, dashArray: chosen ? null : kind.dashArray,
      fillOpacity: chosen ? Math.min(kind.fill + 0.2, 0.7) : kind.fill, lineJoin: "round",
    };
  }

  goTo(pick) {
    if (!this.layer || pick === null) return;
    this.layer.eachLayer((shape) => {
      if (shape.feature.id !== pick) return;
      shape.bringToFront();
      this.fit(shape.getBounds ? shape.getBounds() : L.latLngBounds([shape.getLatLng()]));
    });
  }

  restyle() {
    if (this.layer) this.layer.setStyle((feature) => this.style(feature));
  }
}
