// One mounted map: its state, its layers, what it sends and what it is told.

import L from "leaflet";
import { createRaster } from "./basemap.js";
import { addControls } from "./controls.js";
import { Crowding } from "./crowding.js";
import { Cut } from "./cut.js";
import { Hover } from "./hover.js";
import { areaAt, createAreaLayer, whenDrawn } from "./layer.js";
import { findMe } from "./position.js";
import { Marks } from "./marks.js";
import { Overlay } from "./overlay.js";
import { PointLayer, SymbolSheet } from "./points.js";
import { areaTiles, baseTiles, rasterTiles, readOutline, readOverlay, readPoints, readVersions } from "./server.js";
import { currentTheme } from "./theme.js";
import { RememberedView, fitExactly } from "./view.js";

const PATIENCE = 150; // milliseconds; a frame that is tall already is never resized

function firstResize() {
  return new Promise((done) => {
    if (window.innerHeight > 0) setTimeout(done, 0);
    else window.addEventListener("resize", () => done(), { once: true });
    setTimeout(done, PATIENCE);
  });
}

const PANES = { raster: 150, shapes: 410, chosen: 420, points: 450, marks: 600 };
const POINT_LAYERS = ["stations", "incidents"];

export class LingeMap {
  constructor(map, config) {
    Object.assign(this, { map, config, sent: 0, versions: null, told: {}, away: false });
    this.state = this.firstState(config);
    for (const [name, level] of Object.entries(PANES)) {
      const pane = map.createPane(name);
      pane.style.zIndex = level;
      pane.style.pointerEvents = "none";
    }
    this.dress();
    this.setView();
    this.marks = new Marks(map, this.state, readOutline);
    this.overlay = new Overlay(map, this.state, readOverlay, (bounds) => this.fitInside(bounds));
    this.cut = new Cut(map, this.state);
    this.listen();
    this.opened = this.open(); // after the first instruction, which comes in the same breath
    this.opened.then(() => this.start());
  }

  /** The frame gets its true height a moment after it was mounted; the first view is made for that height. */
  async open() {
    const before = this.map.getSize();
    await firstResize();
    const sized = () => this.map.getContainer().classList.toggle("linge-sized", window.innerHeight > 0);
    sized();
    window.addEventListener("resize", sized);
    this.map.invalidateSize({ animate: false, pan: false });
    if (!before.equals(this.map.getSize())) this.setView();
  }

  firstState(config) {
    const state = {
      theme: currentTheme(config.theme), face: config.face, words: config.words, layers: { ...config.layers },
      fill: config.fill, day: "", filter: config.filter || "", points: {}, chosenPoint: null,
      raster: config.base.kind === "raster", crowding: (zoom, box) => this.crowding.count(zoom, box),
    };
    this.colour(state);
    return state;
  }

  colour(state) {
    state.ramp = this.config.ramps[state.theme].colours;
    state.rampOpacity = this.config.ramps[state.theme].opacity;
    state.sheet = new SymbolSheet(this.config.symbols[state.theme]);
  }

  dress() {
    const node = this.map.getContainer();
    node.setAttribute("aria-label", this.config.words.map);
    node.classList.toggle("linge-dark", this.state.theme === "dark");
    node.classList.add(`linge-${this.config.face}`);
    node.classList.toggle("linge-still", !this.config.interactive);
    node.classList.toggle("linge-choose", this.config.choose === "place");
    node.classList.toggle("linge-sized", window.innerHeight > 0); // a frame that our style file sized has its height now
  }

  setView() {
    const { map, config } = this;
    map.invalidateSize({ animate: false, pan: false }); // folium measured before our styles were there
    Object.assign(map.options, { minZoom: 3, maxZoom: 20 }); // the setters would start an animation
    this.bounds = L.latLngBounds([config.view[1], config.view[0]], [config.view[3], config.view[2]]);
    this.tileSize = this.state.raster ? 256 : fitExactly(map, this.bounds, config.face);
    this.remembered = new RememberedView(config);
    if (!this.remembered.restore(map)) this.goHome();
    map.doubleClickZoom.disable(); // two clicks would be two answers
    if (!config.interactive) {
      for (const way of ["dragging", "touchZoom", "scrollWheelZoom", "boxZoom", "keyboard"]) map[way].disable();
    }
  }

  goHome() {
    this.map.setView(this.bounds.getCenter(), this.map.getBoundsZoom(this.bounds.pad(-0.02)), { animate: false });
  }

  async start() {
    const { config, state, map } = this;
    const ready = state.sheet.load();
    this.versions = this.versions || (await readVersions().catch(() => ({})));
    this.crowding = new Crowding(state, this.tileSize / 256);
    if (state.raster) {
      this.raster = createRaster({ ...config.base, url: rasterTiles(config.base.url) });
      if (state.layers.base) this.raster.addTo(map);
    }
    this.tiles = createAreaLayer(state, { tileSize: this.tileSize, sources: this.sources(), onState: this.heard() });
    this.tiles.addTo(map);
    whenDrawn(this.tiles, () => this.ready("tiles"));
    await ready;
    this.points = new PointLayer(state).addTo(map);
    await this.readAllPoints();
    this.ready("points");
    if (config.refresh) this.timer = setInterval(() => this.refresh(), config.refresh * 1000);
  }

  /** Marks on the container tell tests and benchmarks, and nobody else, how far the picture is. */
  ready(what) {
    this.map.getContainer().dataset[what] = "ready";
  }

  sources() {
    const sources = { areas: { url: areaTiles(this.state.fill, this.versions.areas, this.state.day), maxZoom: 17 } };
    if (this.config.base.kind === "town") {
      sources.base = { url: baseTiles(this.config.locale, this.versions.base), maxZoom: 16 };
    }
    return sources;
  }

  heard() {
    return (fine) => {
      if (!fine) this.away = true;
    };
  }

  listen() {
    const { map, config } = this;
    map.on("moveend", () => this.remembered.keep(map));
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
    window.addEventListener("message", (event) => {
      if (event.data && event.data.type === "streamlit:render") setTimeout(() => this.retheme(), 60);
    });
    addControls(map, config, { home: () => map.fitBounds(this.bounds), locate: () => findMe(this) });
    if (!config.interactive) return;
    map.on("click", (event) => this.onClick(event));
    if (config.face === "desk") this.hover = new Hover(map, (event) => this.describe(event));
  }

  onClick({ latlng, layerPoint }) {
    const spot = this.points && this.config.choose !== "place" && !this.cut.drawing ? this.points.hit(layerPoint) : null;
    if (spot && spot.name === "bunch") {
      this.map.setView([spot.row[2], spot.row[1]], this.map.getZoom() + 2);
      return;
    }
    const area = this.tiles ? areaAt(this.tiles, latlng) : null;
    this.answerAtOnce(spot, area, latlng);
    const hit = spot ? { layer: spot.name, id: spot.row[0] } : area && { layer: "areas", id: area.id };
    this.send({ lon: latlng.lng, lat: latlng.lat, hit: hit || null, accuracy: null });
  }

  /** What was clicked shows before the server answers; its next instruction says the same or corrects it. */
  answerAtOnce(spot, area, latlng) {
    if (this.cut.drawing) this.cut.add(latlng);
    else if (this.config.choose === "place") this.marks.pinAt([latlng.lng, latlng.lat]);
    else if (spot) this.choosePoint({ layer: spot.name, id: spot.row[0] });
    else if (this.config.choose === "area") {
      this.choosePoint(null);
      this.marks.choose(area ? area.id : null);
    }
  }

  send({ lon, lat, hit, accuracy }) {
    this.sent += 1;
    const n = `${Date.now().toString(36)}-${this.sent}`;
    window.Streamlit.setComponentValue({ lon: +lon.toFixed(7), lat: +lat.toFixed(7), zoom: this.map.getZoom(), n, hit, accuracy });
  }

  describe({ latlng, layerPoint }) {
    const spot = this.points ? this.points.hit(layerPoint) : null;
    if (spot) return { lines: spot.row[4] ? [String(spot.row[4])] : [] };
    if (this.config.choose === "place" || this.cut.drawing) return null;
    const area = this.tiles && this.state.layers.areas ? areaAt(this.tiles, latlng) : null;
    if (!area) return null;
    const lines = [[area.no, area.n].filter(Boolean).join(" ")];
    const measure = this.config.measures[this.state.fill];
    if (measure && area.c >= 0) lines.push(measure.replace("{value}", area.v));
    else if (measure && area.c === -1) lines.push(this.config.words.no_data);
    return { lines };
  }

  /** Apply what the page asks; what it does not mention stays as it is. */
  instruct(told) {
    const { state } = this;
    const changed = { source: false, style: false, points: false };
    if (told.versions && this.tiles) this.newVersions(told.versions);
    else if (told.versions) this.versions = told.versions;
    if ("fill" in told && told.fill !== state.fill) {
      state.fill = told.fill;
      changed.source = true;
    }
    if ("day" in told && told.day !== state.day) {
      state.day = told.day; // the grids of a past day; measures are the present's
      changed.source = true;
    }
    if (told.layers) {
      for (const [name, on] of Object.entries(told.layers)) {
        if (state.layers[name] === on) continue;
        state.layers[name] = on;
        changed[POINT_LAYERS.includes(name) ? "points" : "style"] = true;
      }
    }
    if ("filter" in told && told.filter !== state.filter) {
      state.filter = told.filter;
      if (this.points) this.readPointLayer("incidents");
    }
    if (this.tiles) this.applyChanges(changed);
    if ("overlay" in told) this.overlay.show(told.overlay, told.overlay_pick);
    if ("lines" in told) this.cut.show(told.lines, told.drawing);
    if ("pin" in told) this.marks.pinAt(told.pin);
    if ("point" in told) this.choosePoint(told.point);
    this.follow(told);
  }

  applyChanges({ source, style, points }) {
    if (source) this.tiles.setSource("areas", areaTiles(this.state.fill, this.versions.areas, this.state.day), 17);
    if (style) this.tiles.restyle();
    if (style && this.raster) this.raster[this.state.layers.base ? "addTo" : "remove"](this.map);
    if (points) this.redrawPoints();
    if (source || style) this.tiles.repaint();
  }

  async follow(told) {
    await this.opened;
    const fly = JSON.stringify(told.fly === undefined ? null : told.fly);
    const moves = fly !== this.told.fly && told.fly;
    this.told.fly = fly;
    if ("area" in told) {
      const bounds = await this.marks.choose(told.area);
      if (bounds && moves && told.fly.to === "area") this.fitInside(bounds);
    }
    if (moves && told.fly.to === "place") this.map.setView([told.fly.lat, told.fly.lon], told.fly.zoom || this.map.getZoom());
    if (moves && told.fly.to === "home") this.map.fitBounds(this.bounds);
  }

  fitInside(bounds) {
    this.map.fitBounds(bounds, { padding: [60, 60], maxZoom: 17 });
  }

  choosePoint(point) {
    this.state.chosenPoint = point;
    if (this.points) this.points.redraw();
  }

  async readAllPoints() {
    await Promise.all(POINT_LAYERS.filter((name) => name in this.config.layers).map((name) => this.readPointLayer(name)));
  }

  async readPointLayer(name) {
    const filter = name === "incidents" ? this.state.filter : "";
    try {
      const read = await readPoints(name, filter);
      const old = this.state.points[name];
      if (name === "incidents" && filter !== this.state.filter) return; // a newer filter is on its way
      if (old && old.version === read.version && old.filter === filter) return;
      this.state.points[name] = { ...read, filter };
      this.redrawPoints();
    } catch {
      this.away = true;
    }
  }

  redrawPoints() {
    if (!this.points) return;
    this.points.redraw();
    this.crowding.clear();
    this.tiles.repaint();
  }

  async refresh() {
    if (document.hidden) return;
    try {
      const versions = await readVersions();
      const back = this.away;
      this.away = false;
      this.newVersions(versions);
      if (back) {
        this.tiles.repaint();
        await this.readAllPoints();
      }
    } catch {
      this.away = true;
    }
  }

  newVersions(versions) {
    const old = this.versions || {};
    this.versions = { ...old, ...versions };
    const moved = (name) => versions[name] !== undefined && versions[name] !== old[name];
    if (moved("base") && this.config.base.kind === "town") {
      this.tiles.setSource("base", baseTiles(this.config.locale, versions.base), 16);
    }
    if (moved("areas")) this.tiles.setSource("areas", areaTiles(this.state.fill, versions.areas, this.state.day), 17);
    if (moved("base") || moved("areas")) this.tiles.repaint();
    for (const name of POINT_LAYERS) if (moved(name) && name in this.config.layers) this.readPointLayer(name);
  }

  async retheme() {
    const theme = currentTheme(this.config.theme);
    if (theme === this.state.theme || !this.tiles) return;
    this.state.theme = theme;
    this.colour(this.state);
    this.dress();
    await this.state.sheet.load();
    this.tiles.restyle();
    this.tiles.repaint();
    this.points.redraw();
    this.marks.restyle();
    this.overlay.restyle();
    this.cut.redraw();
  }
}
