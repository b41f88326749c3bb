// What the map asks of its own server; every address is relative to the page, so a proxy's prefix is kept.

export const ROOT = new URL("../../", document.baseURI).href;

async function readJson(path) {
  const answer = await fetch(ROOT + path, { credentials: "same-origin", cache: "no-cache" });
  const kind = answer.headers.get("Content-Type") || "";
  if (!answer.ok || !kind.includes("json")) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

export const readVersions = () => readJson("map/versions");
export const readPoints = (name, filter) => readJson(`points/${name}${filter ? `?${filter}` : ""}`);
export const readOutline = (id) => readJson(`areas/${id}/outline`).catch(() => null);

export const readOverlay = (token) => readJson(`overlays/${token}`).catch(() => null);

export function areaTiles(fill, version, day) {
  const query = new URLSearchParams();
  if (day) query.set("day", day);
  else if (fill) query.set("fill", fill);
  if (version) query.set("v", version);
  return `${ROOT}tiles/areas/{z}/{x}/{y}?${query}`;
}

export function baseTiles(locale, version) {
  const query = new URLSearchParams({ lang: locale });
  if (version) query.set("v", version);
  return `${ROOT}tiles/base/{z}/{x}/{y}?${query}`;
}

export const rasterTiles = (url) => (url.startsWith("/") ? ROOT + url.slice(1) : url);
