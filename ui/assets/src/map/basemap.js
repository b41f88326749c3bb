// Raster base maps: local files through our route, an intranet service, and services drawn in GCJ-02.

import L from "leaflet";
import { toGcj02 } from "./datum.js";

/** A tile layer in GCJ-02 that lies right under WGS 84: its tiles are moved by the shift at the view's centre.

 It is exact there; towards the edges it is off by at most some 0.3 % of the way, a pixel or two on a screen. */
export const GcjTileLayer = L.TileLayer.extend({
  _shifted(center) {
    const [lng, lat] = toGcj02(center.lng, center.lat);
    return L.latLng(lat, lng);
  },

  _getTiledPixelBounds(center) {
    return L.TileLayer.prototype._getTiledPixelBounds.call(this, this._shifted(center));
  },

  _setZoomTransform(level, center, zoom) {
    const scale = this._map.getZoomScale(zoom, level.zoom);
    const moved = this._map.project(this._shifted(center), zoom).subtract(this._map.project(center, zoom));
    const origin = this._map._getNewPixelOrigin(center, zoom).add(moved);
    L.DomUtil.setTransform(level.el, level.origin.multiplyBy(scale).subtract(origin), scale);
  },

  _onMoveEnd() {
    L.TileLayer.prototype._onMoveEnd.call(this);
    if (this._map && !this._map._animatingZoom) this._setZoomTransforms(this._map.getCenter(), this._map.getZoom());
  },
});

/** The layer of a raster base map: {url, datum, minZoom, maxZoom, attribution}. */
export function createRaster(base) {
  const Layer = base.datum === "gcj02" ? GcjTileLayer : L.TileLayer;
  return new Layer(base.url, {
    minNativeZoom: base.minZoom || 0, maxNativeZoom: base.maxZoom || 18, maxZoom: 22, pane: "raster",
    attribution: escapeText(base.attribution || ""), subdomains: base.subdomains || "01234567",
  });
}

function escapeText(text) {
  const node = document.createElement("span");
  node.textContent = text;
  return node.innerHTML;
}
