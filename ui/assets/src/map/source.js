// Vector tiles of this server for protomaps-leaflet: an answer that is no tile is an error, never an empty map.

import Point from "@mapbox/point-geometry";
import { VectorTile } from "@mapbox/vector-tile";
import Pbf from "pbf";

const MOVE = 1;
const CLOSE = 7;

function readGeometry(pbf, start, scale) {
  pbf.pos = start;
  const end = pbf.readVarint() + pbf.pos;
  const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  const paths = [];
  let [path, x, y, command, left] = [[], 0, 0, MOVE, 0];
  while (pbf.pos < end) {
    if (left <= 0) {
      const head = pbf.readVarint();
      command = head & 7;
      left = head >> 3;
    }
    left -= 1;
    if (command === CLOSE) {
      path.push(path[0].clone());
      continue;
    }
    x += pbf.readSVarint() * scale;
    y += pbf.readSVarint() * scale;
    box.minX = Math.min(box.minX, x);
    box.maxX = Math.max(box.maxX, x);
    box.minY = Math.min(box.minY, y);
    box.maxY = Math.max(box.maxY, y);
    if (command === MOVE) {
      path = [];
      paths.push(path);
    }
    path.push(new Point(x, y));
  }
  return { geom: paths, bbox: box };
}

function readTile(buffer, tileSize) {
  const layers = new Map();
  for (const [name, layer] of Object.entries(new VectorTile(new Pbf(buffer)).layers)) {
    const features = [];
    for (let i = 0; i < layer.length; i += 1) {
      const raw = layer.feature(i);
      const read = readGeometry(raw._pbf, raw._geometry, tileSize / layer.extent);
      const numVertices = read.geom.reduce((sum, path) => sum + path.length, 0);
      features.push({ id: raw.id, geomType: raw.type, props: raw.properties, numVertices, ...read });
    }
    layers.set(name, features);
  }
  return layers;
}

/** A source of protomaps-leaflet's TileCache. `template` holds {z}, {x}, {y}; `onState` hears true and false. */
export class TileSource {
  constructor(template, onState) {
    this.template = template;
    this.onState = onState;
  }

  async get(tile, tileSize) {
    const url = this.template.replace("{z}", tile.z).replace("{x}", tile.x).replace("{y}", tile.y);
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (answer.status === 204) return new Map();
      const kind = answer.headers.get("Content-Type") || "";
      if (!answer.ok || !kind.includes("mapbox-vector-tile")) throw new Error(`tile ${answer.status}`);
      const layers = readTile(await answer.arrayBuffer(), tileSize);
      this.onState(true);
      return layers;
    } catch (error) {
      this.onState(false);
      const quiet = new Error("tile not available");
      quiet.name = "AbortError"; // protomaps-leaflet keeps silent about these; the map itself tries again
      quiet.cause = error;
      throw quiet;
    }
  }
}
