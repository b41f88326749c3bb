// Paint rules of the town's own base map: ground, water, buildings below the areas; roads above them.

import { LineSymbolizer, PolygonSymbolizer, exp } from "protomaps-leaflet";

// Widths in CSS pixels at zoom 15; a road grows by this factor with each zoom.
const GROWTH = 1.55;
const ROADS = [
  { kinds: ["path", "footway"], width: 1.1, from: 16, casing: 0 },
  { kinds: ["lane", "service"], width: 1.7, from: 15, casing: 0.7 },
  { kinds: ["local", "residential"], width: 3.2, from: 13, casing: 0.8 },
  { kinds: ["secondary", "collector"], width: 4.4, from: 12, casing: 0.9 },
  { kinds: ["arterial", "primary", "main"], width: 6.1, from: 10, casing: 1 },
  { kinds: ["motorway", "expressway"], width: 7.4, from: 9, casing: 1.1 },
];
const KNOWN = new Set(ROADS.flatMap((road) => road.kinds));

const isKind = (kinds) => (_z, f) =>
  kinds.includes(f.props.k) || (kinds.includes("local") && !KNOWN.has(f.props.k));

function fill(dataLayer, color, options = {}) {
  const { opacity = 1, minzoom = 0, filter, stroke, width = 0 } = options;
  const symbolizer = new PolygonSymbolizer({ fill: color, opacity, stroke, width });
  return { dataSource: "base", dataLayer, symbolizer, minzoom, filter: filter || isShape };
}

const isShape = (_z, f) => f.geomType === 3;
const isLine = (_z, f) => f.geomType === 2;

function line(dataLayer, color, width, options = {}) {
  const { opacity = 1, minzoom = 0, filter = isLine, dash, cap = "round" } = options;
  const symbolizer = new LineSymbolizer({ color, width, opacity, dash, lineCap: cap, lineJoin: "round" });
  return { dataSource: "base", dataLayer, symbolizer, minzoom, filter };
}

/** Land, blocks, parks, water and buildings, from the bottom up. `unit` turns CSS pixels into tile pixels. */
export function groundRules(p, unit) {
  const kind = (...kinds) => (_z, f) => isShape(_z, f) && kinds.includes(f.props.k);
  const block = (_z, f) => isShape(_z, f) && !["pitch", "plaza", "context"].includes(f.props.k);
  const buildingOpacity = exp(1, [[13, 0.35], [15, 0.85], [16, 1]]);
  return [
    fill("earth", p.land),
    fill("landuse", p.block, { opacity: 0.75, filter: kind("context") }),
    fill("landuse", p.block, { filter: block }),
    fill("landuse", p.square, { filter: kind("plaza") }),
    fill("park", p.park),
    fill("landuse", p.pitch, { filter: kind("pitch") }),
    fill("water", p.water, { stroke: p.shore, width: unit(1) }),
    fill("building", p.building, { opacity: buildingOpacity, minzoom: 13 }),
    line("building", p.buildingEdge, unit(0.8), { minzoom: 16, filter: isShape }),
  ];
}

function roadWidth(road, unit) {
  return (z) => unit(Math.max(road.width * 0.28, road.width * GROWTH ** (z - 15)));
}

/** Railways and roads: every casing before every surface, so that crossings are open. */
export function roadRules(p, unit) {
  const rules = [];
  for (const road of ROADS.filter((r) => r.casing)) {
    const width = roadWidth(road, unit);
    const cased = (z) => width(z) + unit(2 * road.casing);
    rules.push(line("road", p.roadCasing, cased, { minzoom: road.from, filter: isKind(road.kinds), cap: "butt" }));
  }
  for (const road of ROADS) {
    const surface = !road.casing ? p.path : road.width > 4 ? p.mainRoad : p.road;
    const options = { minzoom: road.from, filter: isKind(road.kinds) };
    rules.push(line("road", surface, roadWidth(road, unit), options));
  }
  const rail = { minzoom: 12, opacity: 0.55, cap: "butt" };
  rules.push(line("rail", p.rail, unit(2.4), rail));
  rules.push(line("rail", p.railGap, unit(1.3), { minzoom: 12, dash: [unit(7), unit(7)], cap: "butt" }));
  return rules;
}
