// Labels: area number and name, road names that follow their road, water, parks. All text is painted, never parsed.

import Point from "@mapbox/point-geometry";
import { FONT } from "./theme.js";

const box = (cx, cy, w, h) => ({ minX: cx - w / 2, minY: cy - h / 2, maxX: cx + w / 2, maxY: cy + h / 2 });

function paintText(ctx, text, x, y, color, halo, haloWidth) {
  ctx.lineJoin = "round";
  ctx.miterLimit = 2;
  if (haloWidth) {
    ctx.lineWidth = haloWidth;
    ctx.strokeStyle = halo;
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
}

/** "01 望棠": the number lighter than the name. */
class AreaLabel {
  constructor(state, p, size, unit) {
    Object.assign(this, { state, p, size, unit });
  }

  place(layout, geom, feature) {
    const { no = "", n = "", w = 0, u } = feature.props;
    const size = this.unit(this.size);
    const room = w * 256 * 2 ** layout.zoom; // `w`: width of the area as a share of the world's width
    const warn = u === 1 && this.state.layers.uncovered ? this.state.words.uncovered : "";
    let best = null;
    for (const parts of this.wordings(layout.scratch, no, n, size, room)) {
      const width = parts.reduce((sum, part) => sum + part.width, 0) + (parts.length - 1) * size * 0.28;
      const spot = this.freePlace(layout.zoom, geom[0][0], width + size * 0.4, size * (warn ? 2.2 : 1.2), room);
      if (!best || spot.cost < best.cost) best = { ...spot, parts, width };
      if (!best.crowded) break;
    }
    if (!best) return undefined;
    const draw = (ctx) => this.paint(ctx, best.parts, best.width, size, warn);
    return [{ anchor: new Point(best.x, best.y), bboxes: [best.box], draw }];
  }

  /** Number and name, the name alone, the number alone: those that the area is wide enough for. */
  wordings(scratch, number, name, size, room) {
    const measured = (text, weight) => {
      scratch.font = `${weight} ${size}px ${FONT}`;
      return { text, weight, width: scratch.measureText(text).width };
    };
    const no = number && measured(number, 500);
    const n = name && measured(name, 700);
    const fits = ([parts, slack]) => parts.every(Boolean) && parts.reduce((sum, p) => sum + p.width, 0) <= room * slack;
    return [[[no, n], 1.1], [[n], 1.3], [[no], 1]].filter(fits).map(([parts]) => parts);
  }

  /** The label's own point, or one beside it where no symbol lies; symbols are what people look for. */
  freePlace(zoom, { x, y }, width, height, room) {
    const step = this.unit(this.size) * 0.65;
    const across = Math.min(4, Math.floor((room * 0.22) / step));
    const along = Math.max(1, Math.min(6, Math.floor((room * 0.36) / step)));
    const tries = [];
    for (let i = -across; i <= across; i += 1) for (let j = -along; j <= along; j += 1) tries.push([i, j]);
    tries.sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
    let best = { cost: Infinity };
    for (const [i, j] of tries) {
      const at = { x: x + i * step, y: y + j * step };
      const square = box(at.x, at.y, width, height);
      const crowded = this.state.crowding(zoom, square);
      const cost = crowded * 10 + Math.hypot(i, j) * 0.1;
      if (cost < best.cost) best = { ...at, cost, crowded, box: square };
      if (!crowded) break;
    }
    return best;
  }

  paint(ctx, parts, width, size, warn) {
    ctx.globalAlpha = 1;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    let left = -width / 2;
    const y = warn ? -size * 0.55 : 0;
    for (const { text, weight, width: w } of parts) {
      ctx.font = `${weight} ${size}px ${FONT}`;
      ctx.globalAlpha = 0.85;
      paintText(ctx, text, left, y, "rgba(0,0,0,0)", this.p.halo, size * 0.24);
      ctx.globalAlpha = weight === 500 ? 0.8 : 1;
      paintText(ctx, text, left, y, this.p.areaText);
      left += w + size * 0.28;
    }
    if (warn) {
      ctx.globalAlpha = 1;
      ctx.textAlign = "center";
      ctx.font = `500 ${size * 0.8}px ${FONT}`;
      paintText(ctx, warn, 0, size * 0.6, this.p.alertText, this.p.halo, size * 0.24);
    }
  }
}

/** A name along a line, glyph by glyph, where the line bends little enough to read it. */
class LineName {
  constructor({ size, unit, color, halo, haloWidth, spacing = 0.08, repeat = 360 }) {
    Object.assign(this, { size, unit, color, halo, haloWidth, spacing, repeat });
  }

  place(layout, geom, feature) {
    const text = feature.props.n;
    if (!text) return undefined;
    const size = this.unit(this.size(layout.zoom));
    layout.scratch.font = `500 ${size}px ${FONT}`;
    const widths = [...text].map((glyph) => layout.scratch.measureText(glyph).width + size * this.spacing);
    const total = widths.reduce((a, b) => a + b, 0);
    const labels = [];
    for (const path of geom) {
      const along = measure(path);
      const length = along[along.length - 1];
      if (length < total * 1.35) continue;
      const glyphs = this.bestRun(path, along, length, widths, total);
      if (glyphs) labels.push(this.label(text, glyphs, size));
    }
    return labels.length ? labels : undefined;
  }

  bestRun(path, along, length, widths, total) {
    for (const share of [0.5, 0.35, 0.65, 0.2, 0.8]) {
      const start = length * share - total / 2;
      if (start < 0 || start + total > length) continue;
      const glyphs = glyphsAlong(path, along, start, widths);
      const bend = Math.max(...glyphs.slice(1).map((g, i) => Math.abs(turn(glyphs[i].angle, g.angle))), 0);
      if (bend < 0.42) return upright(path, along, start, widths, total, glyphs);
    }
    return undefined;
  }

  label(text, glyphs, size) {
    const middle = glyphs[glyphs.length >> 1];
    const marks = [...text];
    const draw = (ctx) => {
      ctx.globalAlpha = 1;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.font = `500 ${size}px ${FONT}`;
      for (const pass of ["halo", "ink"]) {
        glyphs.forEach((g, i) => {
          ctx.save();
          ctx.translate(g.x - middle.x, g.y - middle.y);
          ctx.rotate(g.angle);
          if (pass === "halo") paintText(ctx, marks[i], 0, 0, "rgba(0,0,0,0)", this.halo, size * this.haloWidth);
          else paintText(ctx, marks[i], 0, 0, this.color);
          ctx.restore();
        });
      }
    };
    const bboxes = glyphs.map((g) => box(g.x, g.y, size * 1.3, size * 1.3));
    const far = this.unit(this.repeat);
    return { anchor: new Point(middle.x, middle.y), bboxes, draw, deduplicationKey: text, deduplicationDistance: far };
  }
}

function measure(path) {
  const along = [0];
  for (let i = 1; i < path.length; i += 1) {
    along.push(along[i - 1] + Math.hypot(path[i].x - path[i - 1].x, path[i].y - path[i - 1].y));
  }
  return along;
}

const turn = (a, b) => Math.atan2(Math.sin(b - a), Math.cos(b - a));

function glyphsAlong(path, along, start, widths) {
  const glyphs = [];
  let [at, i] = [start, 1];
  for (const width of widths) {
    const place = at + width / 2;
    while (i < along.length - 1 && along[i] < place) i += 1;
    const [a, b] = [path[i - 1], path[i]];
    const part = (place - along[i - 1]) / (along[i] - along[i - 1] || 1);
    const angle = Math.atan2(b.y - a.y, b.x - a.x);
    glyphs.push({ x: a.x + part * (b.x - a.x), y: a.y + part * (b.y - a.y), angle });
    at += width;
  }
  return glyphs;
}

/** Chinese stands upright on a steep road and reads downwards; elsewhere a name reads from left to right. */
function upright(path, along, start, widths, total, glyphs) {
  const [first, last] = [glyphs[0], glyphs[glyphs.length - 1]];
  const steep = Math.abs(last.y - first.y) > 1.4 * Math.abs(last.x - first.x);
  const backwards = steep ? last.y < first.y : last.x < first.x;
  let run = glyphs;
  if (backwards) {
    const flipped = [...path].reverse();
    run = glyphsAlong(flipped, measure(flipped), along[along.length - 1] - start - total, widths);
  }
  return steep ? run.map((g) => ({ ...g, angle: g.angle - Math.PI / 2 })) : run;
}

/** A name at a point: parks, lakes, compounds, places. */
class PlaceName {
  constructor({ size, unit, color, halo, spacing, state }) {
    Object.assign(this, { size, unit, color, halo, spacing, state });
  }

  place(layout, geom, feature) {
    const text = feature.props.n && [...feature.props.n].join(this.spacing ? "\u2005" : "");
    if (!text) return undefined;
    const size = this.unit(this.size);
    const [{ x, y }] = geom[0];
    const font = `500 ${size}px ${FONT}`;
    layout.scratch.font = font;
    const width = layout.scratch.measureText(text).width;
    if (this.state.crowding(layout.zoom, box(x, y, width, size))) return undefined; // a symbol lies on it
    const draw = (ctx) => {
      ctx.globalAlpha = 1;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.font = font;
      paintText(ctx, text, 0, 0, this.color, this.halo, size * 0.32);
    };
    const once = { deduplicationKey: text, deduplicationDistance: this.unit(320) };
    return [{ anchor: new Point(x, y), bboxes: [box(x, y, width, size * 1.3)], draw, ...once }];
  }
}

/** Rules in order of weight: an area's label is never pushed out by a street's. */
export function labelRules(state, p, sizes, unit) {
  const nearer = Math.log2(unit(1)); // how much smaller the ground is drawn than usual at a zoom
  const from = (least, filter) => (z, f) => z - nearer >= least && filter(z, f);
  const place = { size: sizes.place, unit, halo: p.halo, state };
  const road = (from, big) => new LineName({
    unit, color: p.roadText, halo: p.halo, haloWidth: 0.36,
    size: (z) => sizes.place * (big ? 1 : 0.92) * (z < from ? 0.9 : 1),
  });
  const kind = (...kinds) => (_z, f) => kinds.includes(f.props.k);
  const main = ["arterial", "collector"];
  const named = (color, filter, minzoom, size = sizes.place) =>
    base("label", new PlaceName({ ...place, size, color, spacing: color === p.waterText ? 0.4 : 0 }), filter, minzoom);
  const base = (dataLayer, symbolizer, filter, minzoom) => ({ dataSource: "base", dataLayer, symbolizer, filter, minzoom });
  return [
    { dataSource: "areas", dataLayer: "labels", symbolizer: new AreaLabel(state, p, sizes.area, unit),
      filter: () => state.layers.areas && state.layers.labels },
    named(p.waterText, kind(...WATER), 12),
    base("road", road(14, true), kind(...main), 13),
    named(p.parkText, kind("park"), 15),
    base("road", road(16, false), (_z, f) => !main.includes(f.props.k), 16),
    named(p.quietText, (_z, f) => !WATER.includes(f.props.k) && f.props.k !== "park", 15, sizes.place * 0.94),
  ];
}

const WATER = ["river", "lake", "pond", "sea", "coast", "water"];
