// Colours of the ground, written only here; areas, ramps and symbols come with the configuration (ui/tokens.py).

const LIGHT = {
  outside: "#E9ECF0", land: "#EFF1F4", block: "#F8F9FB", park: "#D3E5D2", pitch: "#C6DDC8", square: "#E6E9EE", building: "#DFE4EA",
  buildingEdge: "#D3DAE3", water: "#BFD8EA", shore: "#A9C8DF",
  roadCasing: "#C9D0D9", road: "#FFFFFF", mainRoad: "#FFFFFF", path: "#DDE2E8",
  rail: "#5B6878", railGap: "#EFF1F4", veil: "#F5F7FA", veilOpacity: 0.45,
  roadText: "#5B6878", waterText: "#3C7196", parkText: "#4C7A55", quietText: "#5E6C81", halo: "#FFFFFF",
  areaText: "#14233A", edge: "#17375E", edgeOpacity: 0.55, chosen: "#17406F", hatch: "#7F8DA1", blend: "multiply",
  alert: "#B97800", alertText: "#7A4F00", alertTint: 0.16, pin: "#B8202B", pinEdge: "#FFFFFF", ring: "#14233A",
};

const DARK = {
  outside: "#0B1829", land: "#0E1E34", block: "#152A45", park: "#123430", pitch: "#184238", square: "#132743", building: "#223E60",
  buildingEdge: "#2A4A70", water: "#0A2E4C", shore: "#14466E",
  roadCasing: "#0A1526", road: "#2B4361", mainRoad: "#3A5474", path: "#22385A",
  rail: "#A9BACF", railGap: "#0E1E34", veil: "#0A1526", veilOpacity: 0.5,
  roadText: "#A9BACF", waterText: "#7FB2DA", parkText: "#7DB59A", quietText: "#8FA3BC", halo: "#0A1526",
  areaText: "#FFFFFF", edge: "#9DC4EA", edgeOpacity: 0.6, chosen: "#FFFFFF", hatch: "#6C83A3", blend: "source-over",
  alert: "#FFC24D", alertText: "#FFC24D", alertTint: 0.14, pin: "#E5484D", pinEdge: "#FFFFFF", ring: "#FFFFFF",
};

export const FONT =
  "'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif";

// Sizes in CSS pixels for each face: a wall is read from five metres, a tablet is touched.
export const SIZES = {
  desk: { area: 15, place: 12.5, symbol: 26, touch: 14, line: 1, road: 1 },
  tablet: { area: 15.5, place: 13, symbol: 31, touch: 24, line: 1, road: 1.15 },
  screen: { area: 24, place: 24, symbol: 38, touch: 0, line: 1.2, road: 1.45 },
};

export function palette(theme) {
  return theme === "dark" ? DARK : LIGHT;
}

/** "light" or "dark": as configured, else what the page around the map is painted in. */
export function currentTheme(configured) {
  if (configured === "light" || configured === "dark") return configured;
  try {
    const page = window.parent.document.querySelector(".stApp") || window.parent.document.body;
    const [r, g, b] = getComputedStyle(page).backgroundColor.match(/[\d.]+/g).map(Number);
    return 0.299 * r + 0.587 * g + 0.114 * b < 128 ? "dark" : "light";
  } catch {
    return "light";
  }
}
