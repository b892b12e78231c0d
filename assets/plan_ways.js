/* Layer of the plan: what is open, closed, one-way or stopped, incidents, and in the evacuation view the ways out.
   Every way is a button: one tab stop, arrow keys to the next, Enter opens. Shape and word tell the state, not colour. */
(function (root) {
  "use strict";
  const { make, path, textWidth } = root.MallPlan, T = root.MallText, F = root.MallFrame;
  const facts = T.page, phone = matchMedia("(max-width: 720px)"), SIGNS = {
    closed: "M-4.500 -4.500L4.500 4.500M4.500 -4.500L-4.500 4.500", one_way: "M-5 0H5M1 -4L5 0L1 4", stopped: "M-3 -4.500V4.500M3 -4.500V4.500",
  };
  const TIP_PX = 18; // before the button of the exit, not on it
  const ICONS = { stair: "stairs", escalator: "escal", lift: "lift", opening: "exit" };
  const ways = (facts.ways || []), byId = new Map(ways.map((way) => [way.id, way]));
  const zoneOf = (id) => facts.site.zones.find((z) => z.id === id);
  const storey = (zone) => facts.site.levels.findIndex((level) => level.id === zone?.level);
  const openingOf = (id) => facts.site.openings.find((o) => o.id === id);
  /* What people call a way: the entrance it belongs to, the two zones it joins, the stair itself. */
  function nameOf(id) {
    const way = byId.get(id), zone = zoneOf(id);
    if (!way || way.kind !== "opening") return zone ? T.label(zone) : id;
    const [a, b] = way.sides.map((side) => (side == null ? null : T.label(zoneOf(side)) || side));
    return a && b ? T.t("ways.between", { a, b }) : T.t("ways.exitOf", { a: a || b });
  }
  /* One side of a way, with its level where both ends of an escalator or stair bear one name. */
  function sideName(way, side) {
    if (side == null) return T.t("ways.outside");
    const zone = zoneOf(side), name = T.label(zone), twins = way.sides.filter((id) => id != null && T.label(zoneOf(id)) === name).length > 1;
    return twins ? `${name} (${facts.site.levels.find((level) => level.id === zone.level)?.label || zone.level})` : name;
  }
  const stateOf = (state, id) => state.plan?.items?.[id] || { mode: "open", version: 0, is_known: true };
  /* The state that is drawn: an end of a stair or escalator without one of its own has that of its other end. */
  function shown(state, way) {
    const own = state.plan?.items?.[way.id];
    if (own || way.kind === "opening") return own || stateOf(state, way.id);
    const other = way.sides.slice(1).map((side) => state.plan?.items?.[side]).find(Boolean);
    return other ? { ...other, version: 0 } : stateOf(state, way.id);
  }
  const word = (row) => (row.mode === "one_way" ? T.t("ways.one_way") : T.t(`ways.${row.mode}`)) + (row.is_known ? "" : ` ${T.t("ways.unsure")}`);
  const middle = (line) => [(line[0][0] + line[line.length - 1][0]) / 2, (line[0][1] + line[line.length - 1][1]) / 2];

  class Ways {
    constructor(plan) {
      this.plan = plan; this.rects = []; this.key = "";
      this.sheet = make("svg", { class: "plan ways", role: "group", "aria-label": T.t("ways.title") }, plan.host);
      this.under = make("g", { class: "hazards" }, plan.worlds[1]);
      this.live = !!plan.options.onOpen && !facts.wall;
      this.focused = null;
      if (this.live) this.sheet.addEventListener("keydown", (event) => this.key_(event));
    }
    spot(way) {
      if (way.kind === "opening") { const o = openingOf(way.id); return o ? middle(o.line) : null; }
      const item = this.plan.items.get(way.id);
      if (!item) return null;
      // beside the letter of the zone, which stands in its middle
      const [x0, y0, x1, y1] = item.box, [x, y] = item.at, k = this.plan.pxPerM, tall = y1 - y0 >= x1 - x0, far = 0.3 * Math.max(x1 - x0, y1 - y0);
      return far * k < 16 ? [x, y] : tall ? [x, y - far] : [x - far, y];
    }
    /* Where a one-way leads, as an angle on the screen. */
    angle(way, row) {
      const o = way.kind === "opening" && openingOf(way.id), towards = zoneOf(row.towards), from = zoneOf(way.sides.find((side) => side !== row.towards));
      if (!o) return storey(towards) > storey(from) ? -90 : 90; // up or down, as people ride
      const [ax, ay] = o.line[0], [bx, by] = o.line[o.line.length - 1], [mx, my] = middle(o.line), nx = -(by - ay), ny = bx - ax;
      const item = this.plan.items.get(towards?.id) || this.plan.items.get(from?.id), sign = item ? Math.sign((item.at[0] - mx) * nx + (item.at[1] - my) * ny) || 1 : 1;
      const out = this.plan.items.has(towards?.id) ? sign : -sign;
      return (Math.atan2(-ny * out, nx * out) * 180) / Math.PI;
    }
    draw() {
      const { plan } = this;
      if (!plan.view || !plan.size) return;
      const state = plan.state, told = state.plan || {}, key = JSON.stringify([T.language, F.theme, plan.level, plan.view, plan.size, told.items, told.incidents, !!state.at, this.evacuation?.at, this.evacuation?.key, plan.show.ways]);
      if (key === this.key) return;
      this.key = key;
      const held = this.sheet.contains(document.activeElement) ? document.activeElement.dataset.way || document.activeElement.dataset.incident : null;
      this.rects = [];
      this.sheet.setAttribute("viewBox", `0 0 ${plan.size[0]} ${plan.size[1]}`);
      this.sheet.replaceChildren(); this.under.replaceChildren();
      const mine = ways.filter((way) => way.level === plan.level).sort((a, b) => (shown(state, a).mode === "open" ? 0 : 1) - (shown(state, b).mode === "open" ? 0 : 1));
      for (const way of mine) this.way(way, shown(state, way));
      for (const incident of (told.incidents || []).filter((each) => each.level === plan.level)) this.incident(incident);
      this.routes();
      this.rove(held);
    }
    button(x, y, half, attributes) {
      const g = make("g", { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, ...attributes, ...(this.live ? { role: "button", tabindex: "-1" } : {}) }, this.sheet);
      const reach = Math.max(half, phone.matches ? 22 : 12);
      if (this.live) make("rect", { class: "hit", x: -reach, y: phone.matches ? -22 : -12, width: 2 * reach, height: phone.matches ? 44 : 24 }, g);
      return g;
    }
    way(way, row) {
      const at = this.spot(way), exit = facts.exits.includes(way.id), changed = row.mode !== "open" || !row.is_known;
      if (!at) return;
      const [x, y] = this.plan.toScreen(at), marked = changed || (this.plan.show.ways !== false && (exit || way.kind !== "opening"));
      if (x < 0 || y < 0 || x > this.plan.size[0] || y > this.plan.size[1]) return;
      if (!marked && (!this.live || this.plan.pxPerM < 4)) return;
      const text = changed ? word(row) : "", half = changed ? textWidth(text, 12, true) / 2 + 14 : 10;
      const g = this.button(x, y, half, { class: `way ${way.kind} ${row.mode} ${marked ? "" : "quiet"} ${row.is_known ? "" : "unsure"}`, "data-way": way.id });
      if (marked) this.rects.push([x - half, y - 11, x + half, y + 11]);
      make("rect", { class: "plate", x: -half, y: -10, width: 2 * half, height: 20, rx: 4 }, g);
      if (changed) {
        const sign = make("path", { class: "sign", d: SIGNS[row.mode] || "M-4 0H4" }, g);
        sign.setAttribute("transform", `translate(${-half + 11} 0)${row.mode === "one_way" ? ` rotate(${this.angle(way, row)})` : ""}`);
        make("text", { x: -half + 20, y: 4 }, g).textContent = text;
      } else make("use", { href: `#i-${marked ? ICONS[way.kind] : "door"}`, x: -7, y: -7, width: 14, height: 14, class: "i" }, g);
      const label = T.t("ways.aria", { name: nameOf(way.id), state: word(row) });
      g.setAttribute("aria-label", label);
      make("title", {}, g).textContent = label;
      if (this.live) g.addEventListener("click", () => root.MallWays.open(way.id, g));
    }
    incident(incident) {
      const { plan } = this, item = plan.items.get(incident.zone), at = incident.at || item?.at;
      if (!at) return;
      const [x, y] = plan.toScreen(at), kind = facts.incidents[incident.kind], text = T.t(`incident.${incident.kind}`);
      if (incident.radius_m > 0) make("path", { class: "hazard", d: incident.at ? `M${at[0] - incident.radius_m} ${at[1]}a${incident.radius_m} ${incident.radius_m} 0 1 0 ${2 * incident.radius_m} 0a${incident.radius_m} ${incident.radius_m} 0 1 0 ${-2 * incident.radius_m} 0Z` : path(item.zone.polygon) }, this.under);
      const half = textWidth(text, 12, true) / 2 + 16;
      this.rects.push([x - half, y - 13, x + half, y + 13]);
      const g = this.button(x, y, half, { class: `incident ${kind.severity}`, "data-incident": incident.id });
      make("rect", { class: "plate", x: -half, y: -12, width: 2 * half, height: 24, rx: 5 }, g);
      const badge = F.severity(kind.severity, 16);
      badge.setAttribute("x", -half + 6); badge.setAttribute("y", -8);
      g.append(badge);
      make("text", { x: -half + 27, y: 4 }, g).textContent = text;
      g.setAttribute("aria-label", T.t("incident.aria", { kind: text, time: T.clock(incident.since, false) }));
      if (this.live) g.addEventListener("click", () => root.MallWays.openIncident(incident, g));
    }
    /* Ways out: one line per zone that is led anywhere; where many go together they lie on each other. */
    routes() {
      const shownOnes = this.evacuation?.zones.filter((zone) => zone.people || !["staff", "restroom", "lift"].includes(zoneOf(zone.zone)?.category));
      if (!shownOnes) { if (this.routed) this.plan.g.routes.replaceChildren(); this.routed = false; return; }
      this.routed = true;
      const { plan } = this, runs = shownOnes.flatMap((zone) => (zone.way?.lines || []).filter((run) => run.level === plan.level && run.points.length > 1));
      const d = runs.map((run) => path(run.points, false)).join(""), last = shownOnes.filter((zone) => zone.way).map((zone) => zone.way.lines.at(-1)).filter((run) => run.level === plan.level && run.points.length > 1);
      plan.g.routes.replaceChildren(make("path", { class: "way-halo", d }), make("path", { class: "way-line", d }));
      const ends = new Map(last.map((run) => [run.points.at(-1).join(), run.points.slice(-2)]));
      for (const [a, b] of ends.values()) {
        const [x, y] = plan.toScreen(b), [px, py] = plan.toScreen(a), far = Math.hypot(x - px, y - py) || 1;
        make("path", { class: "way-tip", d: "M-9 -7L7 0L-9 7Z", transform: `translate(${x - ((x - px) / far) * TIP_PX} ${y - ((y - py) / far) * TIP_PX}) rotate(${(Math.atan2(y - py, x - px) * 180) / Math.PI})` }, this.sheet);
      }
    }
    rove(held) {
      const list = [...this.sheet.querySelectorAll("[role=button]")], idOf = (node) => node.dataset.way || node.dataset.incident;
      const chosen = list.find((node) => idOf(node) === (held || this.focused)) || list.find((node) => !node.classList.contains("quiet")) || list[0];
      chosen?.setAttribute("tabindex", "0");
      if (held && idOf(chosen || list[0]) === held) chosen.focus();
    }
    key_(event) {
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }, from = event.target.closest("[role=button]");
      if (!from) return;
      if (event.key === "Enter" || event.key === " ") from.dispatchEvent(new MouseEvent("click"));
      else if (steps[event.key]) {
        const spot = (node) => node.getAttribute("transform").match(/-?[\d.]+/g).map(Number), [x, y] = spot(from), [dx, dy] = steps[event.key];
        const list = [...this.sheet.querySelectorAll("[role=button]")].filter((node) => node !== from).map((node) => {
          const [vx, vy] = spot(node).map((v, i) => v - [x, y][i]), far = Math.hypot(vx, vy) || 1, along = (vx * dx + vy * dy) / far;
          return [along > 0.35 ? far / along : Infinity, node];
        }).sort(([a], [b]) => a - b);
        if (!list.length || list[0][0] === Infinity) return;
        from.setAttribute("tabindex", "-1");
        const next = list[0][1];
        this.focused = next.dataset.way || next.dataset.incident;
        next.setAttribute("tabindex", "0"); next.focus();
      } else return;
      event.preventDefault(); event.stopPropagation();
    }
  }

  root.MallPlan.layers.push({
    build(plan) { if (plan.mode === "operator" && facts.ways) plan.ways = this.ways = new Ways(plan); },
    level() { if (this.ways) { this.ways.key = ""; this.ways.draw(); } },
    view() { this.ways?.draw(); },
    state() { this.ways?.draw(); },
    obstacles() { return this.ways?.rects || []; },
  });
  root.MallWayWords = { nameOf, sideName, stateOf, word, byId };
})(window);
