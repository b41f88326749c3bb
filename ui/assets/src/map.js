// Linge's map: `Linge.mount(map, config)` turns an empty Leaflet map into ours, `Linge.instruct` changes a mounted one.
// Both take base64 of UTF-8 JSON, so that no text of a person is ever part of a script.

import leafletStyles from "leaflet/dist/leaflet.css";
import L from "leaflet";
import ownStyles from "./map/map.css";
import { LingeMap } from "./map/linge.js";

window.L = L;
L.Control.Attribution.prototype.options.prefix = false;

for (const css of [leafletStyles, ownStyles]) {
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
}

function read(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

const mounted = new WeakMap();

window.Linge = {
  mount(map, base64) {
    mounted.set(map, new LingeMap(map, read(base64)));
  },
  instruct(map, base64) {
    mounted.get(map).instruct(read(base64));
  },
  of: (map) => mounted.get(map),
};
