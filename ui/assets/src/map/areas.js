// Paint rules of the areas: choropleth, hatch for no data, uncovered grids, edges by level, veil over the outside.

const NO_DATA = -1;
const OUTLINE_ONLY = -2;

function trace(ctx, geom) {
  ctx.beginPath();
  for (const path of geom) {
    path.forEach((pt, i) => (i === 0 ? ctx.moveTo(pt.x, pt.y) : ctx.lineTo(pt.x, pt.y)));
  }
}

/** A symbolizer of protomaps-leaflet that paints every feature in a canvas state of its own. */
class Shape {
  constructor(paint) {
    this.paint = paint;
  }

  draw(ctx, geom, z, feature) {
    ctx.save();
    trace(ctx, geom);
    this.paint(ctx, feature, z);
    ctx.restore();
  }
}

const rule = (dataLayer, filter, paint) => ({
  dataSource: "areas", dataLayer, filter, symbolizer: new Shape(paint),
});

// Eight units repeat seamlessly, since tiles are 256 units wide.
function hatchPattern(color, width, gap = 8) {
  const canvas = document.createElement("canvas");
  const sharp = 4;
  canvas.width = canvas.height = gap * sharp;
  const ctx = canvas.getContext("2d");
  ctx.scale(sharp, sharp);
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  for (const shift of [-gap, 0, gap]) {
    ctx.beginPath();
    ctx.moveTo(shift - 1, gap + 1);
    ctx.lineTo(shift + gap + 1, -1);
    ctx.stroke();
  }
  return (target) => {
    const pattern = target.createPattern(canvas, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / sharp));
    return pattern;
  };
}

/** Fills of the areas; they lie above the ground and below the roads. */
export function fillRules(state, p, unit) {
  const hatch = hatchPattern(p.hatch, unit(0.9));
  const dots = hatchPattern(p.alert, unit(1.6));
  const classed = (ctx, f) => {
    ctx.globalCompositeOperation = p.blend;
    ctx.globalAlpha = state.rampOpacity;
    ctx.fillStyle = state.ramp[Math.min(f.props.c, state.ramp.length - 1)];
    ctx.fill();
  };
  const noData = (ctx) => {
    ctx.globalAlpha = 0.5;
    ctx.fillStyle = hatch(ctx);
    ctx.fill();
  };
  const veiled = (ctx) => {
    ctx.globalAlpha = p.veilOpacity;
    ctx.fillStyle = p.veil;
    ctx.fill();
  };
  const uncovered = (ctx) => {
    ctx.globalAlpha = p.alertTint;
    ctx.fillStyle = p.alert;
    ctx.fill();
    ctx.globalAlpha = 0.35;
    ctx.fillStyle = dots(ctx);
    ctx.fill();
  };
  const filled = () => state.layers.areas && state.fill;
  return [
    rule("areas", (_z, f) => filled() && f.props.c >= 0, classed),
    rule("areas", (_z, f) => filled() && f.props.c === NO_DATA, noData),
    rule("areas", (_z, f) => state.layers.areas && f.props.c === OUTLINE_ONLY, veiled),
    rule("areas", (_z, f) => state.layers.uncovered && f.props.u === 1, uncovered),
  ];
}

/** Edges and the veil; they lie above the roads. `s` of an edge: 0 grid, 1 community, 2 street and above. */
export function edgeRules(state, p, unit, thick) {
  const stroke = (color, width, opacity, dash) => (ctx) => {
    ctx.globalAlpha = opacity;
    ctx.strokeStyle = color;
    ctx.lineWidth = unit(width * thick);
    ctx.lineJoin = "round";
    if (dash) ctx.setLineDash(dash.map(unit));
    ctx.stroke();
  };
  const veil = (ctx) => {
    ctx.globalAlpha = p.veilOpacity;
    ctx.fillStyle = p.veil;
    ctx.fill("evenodd");
  };
  const level = (s) => (_z, f) => state.layers.areas && f.props.s === s;
  return [
    rule("edges", level(0), stroke(p.edge, 1.5, p.edgeOpacity, [7, 4])),
    rule("edges", level(1), stroke(p.edge, 1.7, p.edgeOpacity + 0.2)),
    rule("veil", () => state.layers.areas, veil),
    rule("edges", level(2), stroke(p.edge, 2.6, 1)),
  ];
}
