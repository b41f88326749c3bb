// One tile layer of protomaps-leaflet with two sources, base map and areas, painted into one canvas per tile.

import { Labelers, TileCache, View, leafletLayer } from "protomaps-leaflet";
import { edgeRules, fillRules } from "./areas.js";
import { groundRules, roadRules } from "./ground.js";
import { labelRules } from "./labels.js";
import { TileSource } from "./source.js";
import { SIZES, palette } from "./theme.js";

const DATA_TILE = 512;
const LEVEL_DIFF = 1; // a data tile covers two by two canvas tiles of 256
const LABELLED_TILES = 400; // a wall of 3840 × 2160 shows some 60 data tiles, and pruned labels never come back

function view(template, maxZoom, onState) {
  return new View(new TileCache(new TileSource(template, onState), DATA_TILE), maxZoom, LEVEL_DIFF);
}

/** The layer, with `restyle`, `setSource` and `repaint`, none of which empties the map before the new picture is there. */
export function createAreaLayer(state, { tileSize, sources, onState }) {
  const stretch = tileSize / 256;
  const unit = (px) => px / stretch;
  const layer = leafletLayer({
    sources: {}, tileSize, paintRules: [], labelRules: [], attribution: "", maxNativeZoom: 22, maxZoom: 22,
    updateWhenZooming: false, keepBuffer: 1, url: "unused://",
  });
  layer.views = new Map();
  layer.tileSize = Math.round(tileSize * layer.devicePixelRatio);
  layer.clearLayout = () => {
    layer.labelers = new Labelers(layer.scratch, layer.labelRules, LABELLED_TILES, layer.onTilesInvalidated);
  };
  layer.repaint = () => {
    layer.clearLayout();
    layer.rerenderTiles();
  };
  layer.setSource = (name, template, maxZoom = 18) => {
    if (template) layer.views.set(name, view(template, maxZoom, onState));
    else layer.views.delete(name);
  };
  layer.restyle = () => {
    const p = palette(state.theme);
    const sizes = SIZES[state.face];
    const ground = state.layers.base && layer.views.has("base");
    const scaled = (px) => unit(px * sizes.road);
    layer.backgroundColor = state.raster ? undefined : p.outside;
    layer.paintRules = [
      ...(ground ? groundRules(p, unit) : []),
      ...fillRules(state, p, unit),
      ...(ground ? roadRules(p, scaled) : []),
      ...edgeRules(state, p, unit, sizes.line),
    ];
    layer.labelRules = labelRules(state, p, sizes, unit).filter((r) => r.dataSource === "areas" || ground);
  };
  for (const [name, source] of Object.entries(sources)) layer.setSource(name, source.url, source.maxZoom);
  layer.restyle();
  layer.clearLayout();
  return layer;
}

/**
 * Call once, when every tile of the level on screen is drawn. Leaflet's own "load" never comes when the map moved to
 * another zoom while it was loading: protomaps-leaflet drops the tiles of the old zoom without telling Leaflet.
 */
export function whenDrawn(layer, call) {
  const drawn = () => Object.values(layer._tiles).every((tile) => tile.loaded || !tile.current);
  const look = () => {
    if (!drawn()) return;
    layer.off("tileload tileunload", look);
    call();
  };
  layer.on("tileload tileunload", look);
}

/** Properties of the area at a place, from the tiles on screen; null outside. */
export function areaAt(layer, latlng) {
  if (!layer.views.has("areas")) return null;
  const found = layer.queryTileFeaturesDebug(latlng.lng, latlng.lat, 1).get("areas") || [];
  const hit = found.find((pick) => pick.layerName === "areas");
  return hit ? { id: hit.feature.id, ...hit.feature.props } : null;
}
