// The small panel beside the pointer: name of what lies under it and, with a measure, its value.

import L from "leaflet";

export class Hover {
  constructor(map, describe) {
    this.map = map;
    this.describe = describe;
    this.node = L.DomUtil.create("div", "linge-hover", map.getContainer());
    this.node.hidden = true;
    this.due = null;
    map.on("mousemove", (event) => this.later(event));
    map.on("mouseout dragstart zoomstart", () => this.hide());
  }

  later(event) {
    if (!this.due) requestAnimationFrame(() => this.show());
    this.due = event;
  }

  show() {
    const event = this.due;
    this.due = null;
    if (!event || this.map._animatingZoom || this.map.dragging.moving()) return;
    const found = this.describe(event);
    this.map.getContainer().style.cursor = found ? "pointer" : "";
    if (!found || !found.lines.length) {
      this.node.hidden = true;
      return;
    }
    this.node.replaceChildren(...found.lines.map((text, i) => {
      const line = document.createElement(i === 0 ? "b" : "span");
      line.textContent = text;
      return line;
    }));
    this.node.hidden = false;
    this.moveTo(event.containerPoint);
  }

  moveTo({ x, y }) {
    const size = this.map.getSize();
    const { offsetWidth: w, offsetHeight: h } = this.node;
    const left = x + 16 + w > size.x ? x - w - 12 : x + 16;
    const top = y + 18 + h > size.y ? y - h - 10 : y + 18;
    this.node.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  hide() {
    this.due = null;
    this.node.hidden = true;
  }
}
