// GCJ-02, in which Chinese tile services are drawn; forward only, since tiles are moved under our WGS 84 points.

const A = 6378245;
const EE = 0.00669342162296594323;
const rad = Math.PI / 180;

function waves(x, amplitudes) {
  return amplitudes.reduce((sum, [amplitude, frequency]) => sum + amplitude * Math.sin(x * frequency * Math.PI), 0);
}

function shiftLat(x, y) {
  const plain = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x));
  const first = waves(x, [[20, 6], [20, 2]]);
  const second = waves(y, [[20, 1], [40, 1 / 3]]) + waves(y, [[160, 1 / 12], [320, 1 / 30]]);
  return plain + (first * 2) / 3 + (second * 2) / 3;
}

function shiftLon(x, y) {
  const plain = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x));
  const first = waves(x, [[20, 6], [20, 2]]);
  const second = waves(x, [[20, 1], [40, 1 / 3]]) + waves(x, [[150, 1 / 12], [300, 1 / 30]]);
  return plain + (first * 2) / 3 + (second * 2) / 3;
}

/** [lon, lat] WGS 84 → GCJ-02 degrees; outside the rectangle around China nothing is shifted. */
export function toGcj02(lon, lat) {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat];
  const sin = Math.sin(lat * rad);
  const magic = 1 - EE * sin * sin;
  const dLat = shiftLat(lon - 105, lat - 35) / (((A * (1 - EE)) / (magic * Math.sqrt(magic))) * rad);
  const dLon = shiftLon(lon - 105, lat - 35) / ((A / Math.sqrt(magic)) * Math.cos(lat * rad) * rad);
  return [lon + dLon, lat + dLat];
}
