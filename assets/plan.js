/* The floor plan as SVG: one drawing for operator, tenant, wall and public pages. Exposes MallPlan.

   new MallPlan(host, site, {mode: "operator" | "tenant" | "public", text: MallText, onOpen(zone id)})
   site: what /api/v1/site tells. Metres, x right, y up. update({zones, …}, changed ids) redraws only what changed.
   Layers that only some pages need register themselves in MallPlan.layers: {build(plan), view(plan), level(plan), state(plan, changed)}. */
(function (root) {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const VIRTUAL = new Set(["concourse", "atrium", "walkway", "entrance", "queue", "event", "seating", "food_court", "popup"]);
  const BARE = new Set(["staff", "lift"]);
  const WORDS = ["quiet", "moderate", "busy", "very_busy"];
  const GAP_REACH_M = 0.6, HULL_M = 2, NEAR_M = 24;

  function make(tag, attributes, parent) {
    const node = document.createElementNS(NS, tag);
    for (const key in attributes) if (attributes[key] != null) node.setAttribute(key, attributes[key]);
    if (parent) parent.append(node);
    return node;
  }

  // --- geometry -----------------------------------------------------------------------------------------------------
  const path = (ring, close = true) => "M" + ring.map((p) => `${p[0]} ${p[1]}`).join("L") + (close ? "Z" : "");
  const rings = (zone) => [zone.polygon, ...(zone.holes || [])];
  const outline = (zone) => rings(zone).map((ring) => path(ring)).join("");
  function bounds(list) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of list) for (const [x, y] of ring) {
      box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y); box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
    }
    return box;
  }
  function contains(list, x, y) {
    let inside = false;
    for (const ring of list) for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [x1, y1] = ring[i], [x2, y2] = ring[j];
      if ((y1 > y) !== (y2 > y) && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
    return inside;
  }
  function edgeDistance(list, x, y) {
    let best = Infinity;
    for (const ring of list) for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [ax, ay] = ring[j], dx = ring[i][0] - ax, dy = ring[i][1] - ay;
      const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      best = Math.min(best, (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2);
    }
    return Math.sqrt(best) * (contains(list, x, y) ? 1 : -1);
  }
  /* The pole of inaccessibility: the inner point farthest from every edge (quadtree search). */
  function pole(list) {
    const [x0, y0, x1, y1] = bounds(list), size = Math.min(x1 - x0, y1 - y0), step = size / 2;
    if (!(size > 0)) return [x0, y0, 0];
    const cell = (x, y, h) => { const d = edgeDistance(list, x, y); return { x, y, h, d, reach: d + h * Math.SQRT2 }; };
    const queue = [];
    for (let x = x0; x < x1; x += size) for (let y = y0; y < y1; y += size) queue.push(cell(x + step, y + step, step));
    let best = cell((x0 + x1) / 2, (y0 + y1) / 2, 0);
    for (let turns = 0; queue.length && turns < 300; turns++) {
      queue.sort((a, b) => a.reach - b.reach);
      const c = queue.pop();
      if (c.d > best.d) best = c;
      if (c.reach - best.d <= size / 50) break;
      const h = c.h / 2;
      queue.push(cell(c.x - h, c.y - h, h), cell(c.x + h, c.y - h, h), cell(c.x - h, c.y + h, h), cell(c.x + h, c.y + h, h));
    }
    return [best.x, best.y, best.d];
  }
  function clip(ring, [x0, y0, x1, y1]) {
    const sides = [[0, x0, 1], [0, x1, -1], [1, y0, 1], [1, y1, -1]];
    return sides.reduce((points, [axis, edge, sign]) => points.flatMap((p, i) => {
      const q = points[(i + points.length - 1) % points.length];
      const inP = sign * (p[axis] - edge) >= 0, inQ = sign * (q[axis] - edge) >= 0;
      const t = (edge - q[axis]) / (p[axis] - q[axis] || 1), cut = [q[0] + t * (p[0] - q[0]), q[1] + t * (p[1] - q[1])];
      return inP ? (inQ ? [p] : [cut, p]) : (inQ ? [cut] : []);
    }), ring);
  }
  /* What is left of an edge when the openings that lie on it are taken out. */
  function withoutGaps(a, b, openings) {
    const dx = b[0] - a[0], dy = b[1] - a[1], length = Math.hypot(dx, dy);
    if (!length) return [];
    let parts = [[0, 1]];
    for (const { line } of openings) {
      const ends = [line[0], line[line.length - 1]].map(([x, y]) => ({
        t: ((x - a[0]) * dx + (y - a[1]) * dy) / (length * length), off: Math.abs((x - a[0]) * dy - (y - a[1]) * dx) / length,
      }));
      if (ends.some((end) => end.off > GAP_REACH_M)) continue;
      const [t0, t1] = ends.map((end) => end.t).sort((p, q) => p - q);
      parts = parts.flatMap(([p, q]) => t1 <= p || t0 >= q ? [[p, q]] : [[p, t0], [t1, q]].filter(([u, v]) => v - u > 1e-6));
    }
    return parts.map(([p, q]) => [[a[0] + p * dx, a[1] + p * dy], [a[0] + q * dx, a[1] + q * dy]]);
  }

  // --- words of a zone ----------------------------------------------------------------------------------------------
  const ruler = document.createElement("canvas").getContext("2d"), measured = new Map();
  let family = "", familyOf = "";
  /* Width in px, remembered: asking the page for its font at every word would make it lay itself out again. */
  function width(text, size, bold) {
    const language = document.documentElement.lang;
    if (familyOf !== language) { familyOf = language; family = getComputedStyle(document.documentElement).fontFamily; measured.clear(); }
    const key = `${size}${bold ? "b" : ""}${text}`;
    if (!measured.has(key)) {
      if (measured.size > 4000) measured.clear();
      ruler.font = `${bold ? 600 : 400} ${size}px ${family}`;
      measured.set(key, ruler.measureText(text).width);
    }
    return measured.get(key);
  }

  /* A name in two lines, broken nearest its middle at a space or, in Japanese, where the script changes; else null. */
  function halves(name) {
    const script = (c) => (/[ぁ-ゟ]/.test(c) ? 1 : /[゠-ヿ]/.test(c) ? 2 : /[一-鿿]/.test(c) ? 3 : 0);
    const isGap = (i) => name[i] === " " || name[i] === "・" || (i > 1 && i < name.length - 1 && script(name[i]) && script(name[i - 1]) && script(name[i]) !== script(name[i - 1]));
    const gaps = [...name].flatMap((_c, i) => (isGap(i) ? [i] : [])), middle = name.length / 2;
    if (!gaps.length) return null;
    const at = gaps.reduce((best, i) => (Math.abs(i - middle) < Math.abs(best - middle) ? i : best));
    return [name.slice(0, at), name.slice(at).replace(/^[ ・]/, "")];
  }

  class MallPlan {
    constructor(host, site, options = {}) {
      this.host = host; this.site = site;
      this.options = { mode: "operator", padding: { top: 24, right: 24, bottom: 24, left: 24 }, ...options };
      this.text = options.text; this.mode = this.options.mode;
      this.state = { zones: {} };
      this.show = { heat: false, people: true, cameras: true, lines: true };
      this.zonesById = new Map(site.zones.map((zone) => [zone.id, zone]));
      this.items = new Map(); this.selected = null; this.userMoved = false;
      this._build();
      this.layers = (this.mode === "public" ? [] : MallPlan.layers).map((layer) => ({ ...layer }));
      for (const layer of this.layers) layer.build?.(this);
      if (this.options.onOpen) this._listen(); // a plan on which nothing opens is a picture
      this.setLevel((this.options.level && site.levels.find((l) => l.id === this.options.level) || site.levels[0] || { id: "" }).id);
      new ResizeObserver(() => this._resize()).observe(host);
    }

    // --- building
    _build() {
      this.svg = make("svg", { class: `plan ${this.mode}${this.options.onOpen ? "" : " still"}`, role: "group" });
      this.defs = make("defs", {}, this.svg);
      this.patterns = MallPlan.patternsInto(this.defs, "plan-");
      // three sheets: what stands still, people who move at every frame, words and marks on top
      this.people = document.createElement("canvas");
      this.people.className = "plan-people";
      this.over = make("svg", { class: `plan over ${this.mode}`, "aria-hidden": "true" });
      this.worlds = [make("g", { class: "world" }, this.svg), make("g", { class: "world" }, this.over)];
      const layer = (name, sheet = 0) => make("g", { class: name }, this.worlds[sheet]);
      this.g = { hull: layer("hull"), slab: layer("slab"), zones: layer("zones"), heat: layer("heat"), lines: layer("lines"), walls: layer("walls"),
        fixtures: layer("fixtures"), views: layer("views"), routes: layer("routes", 1), kits: layer("kits", 1), marks: layer("marks", 1) };
      this.screen = make("g", { class: "screen" }, this.over);
      const over = (name) => make("g", { class: name }, this.screen);
      this.s = { lines: over("flows"), cameras: over("cams"), kits: over("kit-names"), labels: over("labels"), callout: over("callout"), scale: over("scale") };
      this.host.replaceChildren(this.svg, this.people, this.over);
    }
    setLevel(id) {
      this.level = id; this.userMoved = false;
      this.zones = this.site.zones.filter((zone) => zone.level === id);
      this.openings = (this.site.openings || []).filter((o) => o.level === id);
      for (const group of [...Object.values(this.g), ...Object.values(this.s)]) group.replaceChildren();
      this.items.clear(); this.defs.querySelectorAll("clipPath").forEach((node) => node.remove());
      this._slab(); this.zones.forEach((zone, i) => this._zone(zone, i)); this._walls(); this._fixtures();
      this._roving(this.zones[0]?.id);
      this.svg.setAttribute("aria-label", this._t("plan.title", { level: this._levelLabel() }));
      this.fit();
      for (const layer of this.layers || []) layer.level?.(this);
      this._paint(this.zones.map((zone) => zone.id));
    }
    _levelLabel() { return (this.site.levels.find((l) => l.id === this.level) || {}).label || this.level; }
    _t(key, values) { return this.text ? this.text.t(key, values) : key; }
    _slab() {
      const shape = this.zones.map((zone) => path(zone.polygon)).join("");
      make("path", { d: shape }, this.g.hull); make("path", { d: shape }, this.g.slab);
    }
    _zone(zone, i) {
      const d = outline(zone), id = `plan-clip-${i}`, bare = BARE.has(zone.category) || (this.mode === "public" && !zone.id);
      const clipPath = make("clipPath", { id }, this.defs);
      make("path", { d, "clip-rule": "evenodd" }, clipPath);
      const node = make("g", { class: "zone" }, this.g.zones);
      if (!bare) node.setAttribute("data-zone", zone.id);
      if (!bare && this.options.onOpen) { node.setAttribute("role", "button"); node.setAttribute("tabindex", "-1"); }
      const item = {
        zone, node, bare, box: bounds([zone.polygon]), fill: make("path", { class: "fill", d, "fill-rule": "evenodd" }, node),
        pattern: make("path", { class: "pattern", d, "fill-rule": "evenodd", "clip-path": `url(#${id})` }, node),
        veil: make("path", { class: "veil", d, "fill-rule": "evenodd" }, node), clip: id, name: make("title", {}, node), at: pole(rings(zone)),
      };
      this.items.set(zone.id ?? `bare-${i}`, item);
    }
    _walls() {
      let virtual = "", solid = "";
      for (const zone of this.zones) {
        if (VIRTUAL.has(zone.category)) { virtual += outline(zone); continue; }
        for (const ring of rings(zone)) ring.forEach((point, i) => {
          for (const part of withoutGaps(point, ring[(i + 1) % ring.length], this.openings)) solid += path(part, false);
        });
      }
      make("path", { class: "virtual", d: virtual }, this.g.walls); make("path", { class: "wall", d: solid }, this.g.walls);
    }
    _fixtures() {
      for (const fixture of (this.site.fixtures || []).filter((f) => f.level === this.level)) {
        make("path", { class: `fixture ${fixture.kind}`, d: path(fixture.polygon) }, this.g.fixtures);
        if (/escalator|stair/.test(fixture.kind)) this._treads(fixture.polygon);
      }
      for (const zone of this.zones) if (/escalator|stair/.test(zone.category)) this._treads(zone.polygon);
    }
    _treads(ring) {
      if (ring.length !== 4) return;
      const side = (i) => Math.hypot(ring[(i + 1) % 4][0] - ring[i][0], ring[(i + 1) % 4][1] - ring[i][1]);
      const [a, b, c, d] = side(0) > side(1) ? ring : [ring[1], ring[2], ring[3], ring[0]];
      const mix = (p, q, t) => [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t], steps = Math.max(3, Math.round(Math.max(side(0), side(1)) / 0.6));
      for (let i = 1; i < steps; i++) make("path", { class: "tread", d: path([mix(a, b, i / steps), mix(d, c, i / steps)], false) }, this.g.fixtures);
    }

    // --- view
    get pxPerM() { return this.view ? this.view.k : 1; }
    toScreen([x, y]) { return [this.view.x + x * this.view.k, this.view.y - y * this.view.k]; }
    toWorld([x, y]) { return [(x - this.view.x) / this.view.k, (this.view.y - y) / this.view.k]; }
    _resize() {
      const before = this.size;
      this.size = [this.host.clientWidth, this.host.clientHeight];
      if (this.framed && !this.userMoved) { this.frameOn(this.framed); return; }
      if (!before || !this.userMoved) { this.selected && this.zoomed ? this.zoomTo(this.selected) : this.fit(); return; }
      this._look({ ...this.view, x: this.view.x + (this.size[0] - before[0]) / 2, y: this.view.y + (this.size[1] - before[1]) / 2 });
    }
    fit() { this.zoomed = false; this.userMoved = false; this.framed = null; this._frame(bounds(this.zones.map((z) => z.polygon)), this.options.padding); }
    zoomTo(id) {
      const item = this.items.get(id);
      if (!item) return;
      const [x0, y0, x1, y1] = item.box, extra = 0.4 * Math.max(x1 - x0, y1 - y0);
      this.zoomed = true; this.framed = null;
      this._frame([x0 - extra, y0 - extra, x1 + extra, y1 + extra], this.options.padding);
    }
    /* Show a box of metres with some room around it, never so near that one cannot tell where it is. */
    frameOn(box) {
      const [x0, y0, x1, y1] = box, span = Math.max(x1 - x0, y1 - y0), extra = Math.max(0.12 * span, (NEAR_M - span) / 2);
      this.zoomed = true; this.userMoved = false; this.framed = box;
      this._frame([x0 - extra, y0 - extra, x1 + extra, y1 + extra], this.options.padding);
    }
    _frame([x0, y0, x1, y1], pad) {
      this.size = [this.host.clientWidth, this.host.clientHeight];
      if (!(x1 > x0) || !this.size[0]) return;
      const w = Math.max(40, this.size[0] - pad.left - pad.right), h = Math.max(40, this.size[1] - pad.top - pad.bottom);
      const k = Math.min(w / (x1 - x0 + HULL_M), h / (y1 - y0 + HULL_M), 80);
      if (!this.zoomed) this.fitK = k;
      this._look({ k, x: pad.left + w / 2 - (k * (x0 + x1)) / 2, y: pad.top + h / 2 + (k * (y0 + y1)) / 2 });
    }
    zoomBy(factor, at = [this.size[0] / 2, this.size[1] / 2]) {
      const k = Math.max((this.fitK || 1) * 0.6, Math.min(120, this.view.k * factor)), [x, y] = this.toWorld(at);
      this.userMoved = true;
      this._look({ k, x: at[0] - x * k, y: at[1] + y * k });
    }
    panBy(dx, dy) { this.userMoved = true; this._look({ ...this.view, x: this.view.x + dx, y: this.view.y + dy }); }
    _look(view) {
      const rescaled = !this.view || this.view.k !== view.k;
      this.view = view;
      const { k, x, y } = view, [w, h] = this.size;
      for (const sheet of [this.svg, this.over]) sheet.setAttribute("viewBox", `0 0 ${w} ${h}`);
      for (const world of this.worlds) world.setAttribute("transform", `matrix(${k} 0 0 ${-k} ${x} ${y})`);
      if (rescaled) {
        this.g.hull.setAttribute("stroke-width", 1.5 + 3 / k); this.g.slab.setAttribute("stroke-width", 1.5);
        for (const [node, angle] of this.patterns) node.setAttribute("patternTransform", `scale(${1 / k}) rotate(${angle})`);
      }
      for (const layer of this.layers || []) layer.view?.(this);
      this._soonLabels();
    }

    // --- state
    update(state, changed) {
      this.state = state;
      const ids = (changed || this.zones.map((zone) => zone.id)).filter((id) => this.items.has(id));
      this._paint(ids);
      for (const layer of this.layers) layer.state?.(this, ids);
      // words and callout in the same frame as the fills: everything on the page tells the same tick
      cancelAnimationFrame(this._labelsDue); this._labelsDue = 0;
      this._labels();
    }
    refresh() { this.svg.setAttribute("aria-label", this._t("plan.title", { level: this._levelLabel() })); this.update(this.state); this._soonLabels(); for (const layer of this.layers) layer.view?.(this); }
    setLayers(show) { Object.assign(this.show, show); this.refresh(); }
    select(id) { this.selected = id; this.refresh(); }
    _paint(ids) {
      for (const id of ids) {
        const item = this.items.get(id);
        if (item.bare) { item.fill.setAttribute("class", "fill bare"); continue; }
        const face = this.mode === "public" ? this._publicFace(item) : this._face(item);
        if (item.look !== face.look) {
          item.look = face.look;
          item.fill.setAttribute("class", `fill ${face.fill}`); item.node.setAttribute("class", `zone ${face.state}`);
          item.pattern.setAttribute("class", `pattern ${face.band ? "band" : ""}`);
          item.pattern.style.fill = face.pattern && !face.band ? `url(#plan-${face.pattern})` : "none";
          item.pattern.style.stroke = face.band ? `url(#plan-${face.pattern})` : "none";
        }
        if (item.aria !== face.aria) {
          item.aria = item.name.textContent = face.aria;
          if (this.options.onOpen) item.node.setAttribute("aria-label", face.aria);
        }
        item.face = face;
      }
      this._soonLabels();
    }
    _publicFace(item) {
      const word = this.state.zones[item.zone.id], step = WORDS.indexOf(word) + 1;
      const name = this.text ? this.text.label(item.zone) : item.zone.label;
      return { look: word || "", state: "", fill: step ? `pub${step}` : "offline", pattern: step > 1 ? `pub${step}` : step ? "" : "off", band: false,
        aria: `${name}, ${this._t(`public.${word || "no_data"}`)}`, name, step, word };
    }
    /* What a zone shows: fill, pattern, state, the words on it. Unknown is never zero, stale is never live. */
    _face(item) {
      const { zone } = item, row = this.state.zones[zone.id], T = this.text, name = T.label(zone);
      const state = row ? row.state : "unknown", gone = !row || state === "offline" || state === "unknown" || row.people == null;
      const letter = gone ? null : MallPlan.letter(this.site, zone, row), range = gone ? null : row.los;
      const age = row && row.age_s != null ? T.age(root.MallFresh.ageNow(row)) : this._t("zone.never");
      const people = gone ? this._t("zone.nodata") : state === "saturated" ? this._t("zone.atleast", { n: T.count(row.people) }) : this._t("zone.people", { n: T.count(row.people) });
      const density = gone || row.density == null ? "" : `${T.decimal(row.density, 2)} ${T.t("unit.density")}`;
      const los = letter ? this._t("zone.los", { letter: range }) : this._t("zone.nolos");
      const aria = this._t("zone.aria", { name, los, density: density || "–", people, age }) + (state === "live" || state === "unknown" ? "" : ` (${this._t(`zone.${state}`)})`);
      const fill = gone ? (state === "unknown" ? "unknown" : "offline") : letter ? `los${letter}` : "plain";
      const pattern = gone ? "off" : letter && letter !== "A" ? letter : "";
      const look = `${fill} ${state} ${pattern}`;
      return { look, state: gone ? (state === "unknown" ? "unknown" : "offline") : state, fill, pattern, band: !gone && letter >= "D", aria, name, letter, range, gone, age,
        people, density: gone || row.density == null ? "" : T.decimal(row.density, 2), simulated: row && row.source === "simulated", row };
    }

    // --- labels: letter > name > value; two plates never overlap
    _soonLabels() {
      if (this._labelsDue) return;
      this._labelsDue = requestAnimationFrame(() => { this._labelsDue = 0; this._labels(); });
    }
    _labels() {
      if (!this.view || !this.size) return;
      const taken = [], kept = new Map(this._labelNodes || []), next = new Map(), [w, h] = this.size;
      for (const layer of this.layers) taken.push(...(layer.obstacles?.(this) || []));
      const corner0 = this.toWorld([0, h]), corner1 = this.toWorld([w, 0]), seen = [...corner0, ...corner1];
      const order = [...this.items.entries()].filter(([, item]) => item.face || item.bare)
        .sort(([, a], [, b]) => (b.face?.letter || "").localeCompare(a.face?.letter || "") || (b.box[2] - b.box[0]) - (a.box[2] - a.box[0]));
      for (const [id, item] of order) {
        const { box } = item;
        if (id === this.calledOut) continue;
        if (box[2] < seen[0] || box[0] > seen[2] || box[3] < seen[1] || box[1] > seen[3]) continue;
        const whole = box[0] >= seen[0] && box[2] <= seen[2] && box[1] >= seen[1] && box[3] <= seen[3];
        const shape = whole ? rings(item.zone) : [clip(item.zone.polygon, seen), ...(item.zone.holes || [])];
        const [px, py, reach] = whole ? item.at : pole(shape);
        if (reach * this.view.k < 8) continue;
        // the roomiest spot first, then the middle
        const spots = [[px, py], [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]].map((p) => this.toScreen(p));
        const tries = this._platesOf(item).flatMap((plate) => spots.map(([x, y]) => [plate, x, y]));
        for (const [plate, x, y] of tries) {
          const rect = [x - plate.w / 2, y - plate.h / 2, x + plate.w / 2, y + plate.h / 2];
          const corners = [[rect[0], rect[1]], [rect[2], rect[1]], [rect[0], rect[3]], [rect[2], rect[3]]].map((p) => this.toWorld(p));
          if (!corners.every((p) => contains(shape, p[0], p[1]))) continue;
          if (taken.some((o) => rect[0] < o[2] && rect[2] > o[0] && rect[1] < o[3] && rect[3] > o[1])) continue;
          taken.push(rect);
          const key = `${plate.key}@${Math.round(x * 2)},${Math.round(y * 2)}`, old = kept.get(id);
          next.set(id, old && old.key === key ? old : { key, node: plate.draw(x, y) });
          break;
        }
      }
      for (const [id, { node }] of kept) if (next.get(id)?.node !== node) node.remove();
      for (const { node } of next.values()) if (!node.parentNode) this.s.labels.append(node);
      this._labelNodes = next;
      for (const layer of this.layers) layer.placed?.(this, taken);
    }
    _platesOf(item) {
      const { face } = item, said = face && [this.text?.language, face.name, face.range, face.density, face.people, face.word, face.look, face.simulated, face.state === "live" || face.age].join("|");
      if (!item.plates || item.plates.said !== said) item.plates = { said, list: this._plates(item) };
      return item.plates.list;
    }
    /* The plates a zone may carry, fullest first. */
    _plates(item) {
      const { face } = item;
      if (item.bare) {
        if (item.zone.category !== "staff" || this.mode === "public") return [];
        const word = this._t("category.staff");
        return [{ w: width(word, 12) + 6, h: 18, key: word, draw: (x, y) => this._words(x, y, [[{ text: word, mute: true }]], null) }];
      }
      if (this.mode === "public") return [{ w: 46, h: 22, key: face.word, draw: (x, y) => this._bars(x, y, face) }];
      const chip = face.letter >= "D", first = { text: face.name, simulated: face.simulated, color: face.gone || !face.letter || face.letter === "A" ? null : `var(--losi${face.letter})` };
      const aged = face.state === "stale" ? { text: face.age, strong: true } : null;
      const rows = face.gone
        ? [[{ text: face.state === "unknown" ? this._t("zone.never") : `${this._t("zone.nodata")} · ${face.age}`, soft: true }]]
        : face.letter == null ? [[{ text: face.range === "unsure" ? this._t("zone.unsure") : face.people, color: "var(--ink)" }, aged]]
        : face.letter === "A" ? [[{ text: face.range, strong: true }, aged]]
        : [[{ text: face.range, strong: true, chip, color: chip ? null : first.color }, { text: face.density, chip, color: chip ? null : first.color }, aged]];
      const plain = face.gone ? [[{ text: "–", dashed: true }]] : face.letter == null ? [] : [[{ text: face.range, strong: true, chip, color: chip ? null : first.color }]];
      const plate = (list) => ({
        w: Math.max(...list.map((row) => this._rowWidth(row))) + 10, h: list.length * 17 + 2, key: JSON.stringify([list, face.fill]),
        draw: (x, y) => this._words(x, y, list, face),
      });
      const list = [plate([[first], ...rows])], broken = halves(face.name);
      if (broken) list.push(plate([[{ ...first, text: broken[0], simulated: false }], [{ ...first, text: broken[1] }], ...rows]));
      if (face.letter == null && !face.gone) { list.push(plate([[first]])); if (broken) list.push(plate([[{ ...first, text: broken[0], simulated: false }], [{ ...first, text: broken[1] }]])); }
      if (face.name !== item.zone.id) { if (!face.gone && rows.length) list.push(plate(rows)); }
      if (plain.length) list.push(plate(plain));
      return list.filter((p) => p.w > 0);
    }
    _rowWidth(row) {
      return row.filter(Boolean).reduce((sum, part) => sum + width(part.text, part.strong || part.chip ? 13 : 12, part.strong) + (part.simulated ? 15 : 0) + (part.chip || part.dashed ? 6 : 4), 0);
    }
    _words(x, y, list, face) {
      const group = make("g", { class: "label", "aria-hidden": "true" });
      const w = Math.max(...list.map((row) => this._rowWidth(row))) + 10, h = list.length * 17 + 2;
      make("rect", { class: `plate ${face?.fill || ""}`, x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 4 }, group);
      list.forEach((row, i) => {
        const parts = row.filter(Boolean), full = this._rowWidth(parts), base = y - h / 2 + 14 + i * 17;
        let at = x - full / 2 + 2;
        if (parts.some((part) => part.chip)) make("rect", { class: "chip", x: x - full / 2 - 1, y: base - 13, width: full + 2, height: 18, rx: 4 }, group);
        if (parts.some((part) => part.dashed)) make("rect", { class: "chip dashed", x: x - 11, y: base - 13, width: 22, height: 18, rx: 4 }, group);
        for (const part of parts) {
          const size = part.strong || part.chip ? 13 : 12, own = width(part.text, size, part.strong);
          const text = make("text", { x: part.dashed ? x - own / 2 : at + (part.chip ? 1 : 0), y: base, class: part.strong ? "strong" : part.mute ? "mute" : part.soft ? "soft" : "name" }, group);
          text.textContent = part.text;
          if (part.color) text.style.fill = part.color;
          if (part.chip) text.style.fill = "var(--ink)";
          at += own + (part.chip || part.dashed ? 6 : 4);
          if (part.simulated) { make("path", { class: "simulated", d: `M${at + 4} ${base - 9}l4 4.500-4 4.500-4-4.500z` }, group); at += 15; }
        }
      });
      return group;
    }
    _bars(x, y, face) {
      const group = make("g", { class: "label", "aria-hidden": "true" });
      make("rect", { class: "plate pill", x: x - 23, y: y - 11, width: 46, height: 22, rx: 11 }, group);
      for (let i = 0; i < 4; i++) make("rect", { class: i < face.step ? "bar on" : "bar", x: x - 14 + i * 8, y: y + 5 - 3 * (i + 1), width: 5, height: 3 * (i + 1) }, group);
      return group;
    }

    // --- touch, wheel, keys
    _listen() {
      const fingers = new Map();
      let moved = 0, pinch = 0;
      const zoneOf = (event) => event.target.closest?.("[data-zone]")?.dataset.zone;
      this.svg.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, [event.offsetX, event.offsetY]); moved = 0; });
      this.svg.addEventListener("pointermove", (event) => {
        const before = fingers.get(event.pointerId);
        if (!before) return;
        const now = [event.clientX - this.host.getBoundingClientRect().left, event.clientY - this.host.getBoundingClientRect().top];
        fingers.set(event.pointerId, now);
        moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
        if (moved > 4 && !this.svg.hasPointerCapture(event.pointerId)) this.svg.setPointerCapture(event.pointerId);
        if (fingers.size === 1 && moved > 4) this.panBy(now[0] - before[0], now[1] - before[1]);
        if (fingers.size === 2) {
          const [a, b] = [...fingers.values()], span = Math.hypot(a[0] - b[0], a[1] - b[1]);
          if (pinch) this.zoomBy(span / pinch, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
          pinch = span;
        }
      });
      for (const name of ["pointerup", "pointercancel", "pointerleave"]) this.svg.addEventListener(name, (event) => { fingers.delete(event.pointerId); pinch = 0; });
      this.svg.addEventListener("click", (event) => { const id = zoneOf(event); if (id && moved <= 4) { this._roving(id); this.options.onOpen?.(id); } });
      this.svg.addEventListener("dblclick", (event) => { const id = zoneOf(event); if (id) this.zoomed ? this.fit() : this.zoomTo(id); });
      this.svg.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomBy(Math.exp(-event.deltaY * 0.0015), [event.offsetX, event.offsetY]); }, { passive: false });
      this.svg.addEventListener("keydown", (event) => this._key(event));
    }
    _key(event) {
      const id = event.target.dataset?.zone, steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      if (event.key === "+" || event.key === "=") this.zoomBy(1.4);
      else if (event.key === "-") this.zoomBy(1 / 1.4);
      else if (event.key === "0") this.fit();
      else if (id && steps[event.key]) this.focusZone(this._neighbour(id, steps[event.key]));
      else if (id && (event.key === "Enter" || event.key === " ")) this.options.onOpen?.(id);
      else return;
      event.preventDefault();
    }
    focusZone(id) { if (id == null) return; this._roving(id); this.items.get(id).node.focus(); }
    _roving(id) {
      if (!this.options.onOpen) return;
      for (const [key, item] of this.items) if (!item.bare) item.node.setAttribute("tabindex", key === id ? "0" : "-1");
    }
    _neighbour(id, [dx, dy]) {
      const [x, y] = this.items.get(id).at;
      let best = id, least = Infinity;
      for (const [key, item] of this.items) {
        const vx = item.at[0] - x, vy = item.at[1] - y, far = Math.hypot(vx, vy), along = (vx * dx + vy * dy) / (far || 1);
        if (item.bare || key === id || along < 0.35) continue;
        if (far / along < least) { least = far / along; best = key; }
      }
      return best;
    }
  }

  MallPlan.layers = [];
  MallPlan.make = make; MallPlan.path = path; MallPlan.outline = outline; MallPlan.contains = contains; MallPlan.bounds = bounds; MallPlan.clip = clip; MallPlan.textWidth = width; MallPlan.rings = rings;
  /* The letter whose colour a zone takes: of the value itself, where the band spans two classes. */
  MallPlan.letter = (site, zone, row) => {
    if (!row || !row.los || row.los === "unsure") return null;
    if (row.los.length === 1) return row.los;
    const limits = (site.standards?.[zone.standard] || {}).limits || [];
    const step = row.density == null ? -1 : limits.findIndex((limit) => row.density <= limit);
    return step >= 0 ? "ABCDEF"[step] : row.density == null ? row.los[0] : "F";
  };
  /* The zone an advisory is about, null for one of a camera, sensor or level, whatever its id. */
  MallPlan.zoneOf = (advisory) => (/^(camera|sensor|level)-/.test(advisory.rule) ? null : advisory.place);
  const PATTERNS = [
    ["B", 11, 30, "dot", "circle", { cx: 3, cy: 3, r: 0.9 }], ["C", 7, 30, "dot", "circle", { cx: 2, cy: 2, r: 1 }],
    ["D", 7, 45, "pD", "path", { d: "M0 0V7" }], ["E", 7, 45, "pE", "path", { d: "M0 0V7M0 0H7" }], ["F", 7, 45, "pF", "path", { d: "M1.750 0V7" }],
    ["off", 9, -45, "pOff", "path", { d: "M0 0V9" }], ["pub2", 9, 30, "pp2", "circle", { cx: 2.5, cy: 2.5, r: 1.3 }],
    ["pub3", 9, 45, "pp3", "path", { d: "M0 0V9" }], ["pub4", 8, 45, "pp4", "path", { d: "M0 0V8M0 0H8" }],
  ];
  /* Put the class patterns into a <defs>; returns [[node, angle], …] so that a zooming plan can keep them in pixels. */
  MallPlan.patternsInto = (defs, prefix) => PATTERNS.map(([name, size, angle, style, tag, attributes]) => {
    const node = make("pattern", { id: prefix + name, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})` }, defs);
    make(tag, { class: style, ...attributes }, node);
    return [node, angle];
  });
  root.MallPlan = MallPlan;
})(window);
