// Zoom, full screen, find me and scale, in the words of the configuration; set as text, never as markup.

import L from "leaflet";

const ICONS = {
  plus: "M5 12h14M12 5v14",
  minus: "M5 12h14",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  home: "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9",
  locate: "M12 2v4M12 18v4M2 12h4M18 12h4M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z",
};

function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(iconName, title, onPress, caption) {
  const node = document.createElement("button");
  node.type = "button";
  node.title = title;
  node.setAttribute("aria-label", title);
  if (iconName) node.append(icon(iconName));
  if (caption) node.append(Object.assign(document.createElement("span"), { textContent: caption }));
  node.addEventListener("click", (event) => {
    event.stopPropagation();
    onPress();
  });
  return node;
}

function bar(map, position, nodes, className = "linge-bar") {
  const control = L.control({ position });
  control.onAdd = () => {
    const box = L.DomUtil.create("div", className);
    box.append(...nodes);
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    return box;
  };
  return control.addTo(map);
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => {});
}

/** Whether the browser gives a position at all: over plain HTTP on an intranet it does not. */
export const canLocate = () => window.isSecureContext && "geolocation" in navigator;

export function addControls(map, config, { home, locate }) {
  const { controls, words, face } = config;
  if (controls.scale) L.control.scale({ imperial: false, maxWidth: 110, position: "bottomleft" }).addTo(map);
  const nodes = [];
  if (controls.zoom) {
    nodes.push(button("plus", words.zoom_in, () => map.zoomIn()), button("minus", words.zoom_out, () => map.zoomOut()));
    nodes.push(button("home", words.home, home));
  }
  if (controls.fullscreen && document.fullscreenEnabled) nodes.push(button("full", words.fullscreen, toggleFullScreen));
  if (controls.locate && face !== "tablet" && canLocate()) nodes.push(button("locate", words.locate, locate));
  if (nodes.length) bar(map, face === "tablet" ? "topleft" : "topright", nodes);
  if (controls.locate && face === "tablet" && canLocate()) {
    bar(map, "bottomright", [button("locate", words.locate, locate, words.locate)], "linge-bar linge-wide");
  }
}

/** A line of plain words at the bottom of the map that goes away by itself. */
export function say(map, text) {
  const old = map.getContainer().querySelector(".linge-say");
  if (old) old.remove();
  const node = L.DomUtil.create("div", "linge-say", map.getContainer());
  node.setAttribute("role", "status");
  node.textContent = text;
  setTimeout(() => node.remove(), 5000);
}
