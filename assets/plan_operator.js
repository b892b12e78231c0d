/* Layers of the plan that only private pages draw: heat, people, cameras, lines, pop-ups, selection, advisories, scale. */
(function (root) {
  "use strict";
  const { make, path, outline, contains, bounds, clip, textWidth, rings } = root.MallPlan, layers = root.MallPlan.layers;
  const DOTS_FROM_PX_PER_M = 6, SAME_PERSON_M = 1.6, FADE_MS = 1000, BODY_PX = 15, TOOLS_PX = 62; // the buttons below a phone's plan
  const NO_DOTS = new Set(["queue", "restroom"]);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const centre = (ring) => ring.reduce(([x, y], p) => [x + p[0] / ring.length, y + p[1] / ring.length], [0, 0]);

  /* The ring around points (monotone chain): a footprint is sampled, and its far end would be a saw. */
  function around(points) {
    const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]), turn = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
    const half = (list) => list.reduce((hull, p) => { while (hull.length > 1 && turn(hull.at(-2), hull.at(-1), p) <= 0) hull.pop(); hull.push(p); return hull; }, []).slice(0, -1);
    return [...half(sorted), ...half(sorted.reverse())];
  }
  /* The middle of the shortest edge in pixels: the near one of what a camera sees, where nothing tells its place. */
  function nearEdge(ring) {
    let best = ring[0], least = Infinity;
    ring.forEach((p, i) => { const q = ring[(i + 1) % ring.length], far = Math.hypot(q[0] - p[0], q[1] - p[1]); if (far > 4 && far < least) { least = far; best = [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2]; } });
    return best;
  }

  // --- heat: replaces the fills, never lies over them; what nobody observes stays hatched
  const STOPS = [[0, "A"], [0.155, "A"], [0.37, "B"], [0.575, "C"], [0.9, "D"], [1.9, "E"], [3.5, "F"], [4, "F"]];
  function colors() {
    const style = getComputedStyle(document.documentElement);
    const rgb = (letter) => { const hex = style.getPropertyValue(`--los${letter}`).trim(); return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)); };
    const ends = STOPS.map(([value, letter]) => [value, rgb(letter)]);
    return Array.from({ length: 401 }, (_, i) => {
      const value = i / 100, j = Math.max(1, ends.findIndex(([end]) => value <= end)), [a, from] = ends[j - 1], [b, to] = ends[j];
      const t = b > a ? (value - a) / (b - a) : 0;
      return from.map((c, n) => Math.round(c + (to[n] - c) * t));
    });
  }
  root.MallPlan.heatColors = colors;
  layers.push({
    build(plan) { plan.setHeat = (heat) => { this.heat = heat; this.draw(plan); }; },
    level(plan) { this.heat = null; this.draw(plan); },
    draw(plan) {
      const heat = this.heat;
      plan.host.classList.toggle("heat-on", plan.show.heat);
      if (!plan.show.heat) { plan.g.heat.replaceChildren(); return; }
      if (!plan.g.heat.childNodes.length) this.floor(plan);
      if (!heat) { this.image.remove(); return; }
      const { nx, ny, bounds: [x0, y0, x1, y1], cell_m: cell } = heat, canvas = document.createElement("canvas");
      canvas.width = nx; canvas.height = ny;
      const context = canvas.getContext("2d"), image = context.createImageData(nx, ny), ramp = colors();
      const packed = atob(heat.grid);
      for (let i = 0; i < nx * ny; i++) {
        const milli = packed.charCodeAt(2 * i) + 256 * packed.charCodeAt(2 * i + 1);
        if (milli === heat.not_observed) continue;
        const [r, g, b] = ramp[Math.min(400, Math.round(milli / 10))];
        image.data.set([r, g, b, 255], 4 * i);
      }
      context.putImageData(image, 0, 0);
      if (!this.image.parentNode) plan.g.heat.append(this.image);
      // row 0 is the lowest y, and the world's y points up: the picture lands the right way round
      for (const [key, value] of Object.entries({ x: x0, y: y0, width: nx * cell, height: ny * cell })) this.image.setAttribute(key, value);
      this.image.setAttribute("href", canvas.toDataURL());
    },
    /* The floor as nobody observes it; a grid comes on top where there is one. */
    floor(plan) {
      const d = plan.zones.filter((z) => !plan.items.get(z.id)?.bare).map(outline).join("");
      const walkable = make("clipPath", { id: "plan-heat-clip" });
      make("path", { d, "clip-rule": "evenodd" }, walkable);
      this.image = make("image", { "clip-path": "url(#plan-heat-clip)", preserveAspectRatio: "none" });
      plan.g.heat.replaceChildren(walkable, make("path", { class: "heat-base", d }), make("path", { d, style: "fill:url(#plan-off)" }));
    },
  });

  // --- people: positions without number or order; a dot moves to the nearest place, and fades when nobody is there
  layers.push({
    build(plan) { this.dots = []; this.leaving = []; this.at = 0; this.brush = plan.people.getContext("2d"); },
    level(plan) {
      this.dots = []; this.leaving = [];
      this.homes = plan.zones.filter((z) => !NO_DOTS.has(z.category)).map((z) => ({ z, box: bounds([z.polygon]) }));
      this.paint(plan);
    },
    view(plan) { this.paint(plan); },
    state(plan) {
      const now = performance.now(), pause = still.matches ? 0 : Math.min(1000, Math.max(120, now - this.at)), points = (plan.state.dots || {})[plan.level] || [];
      this.at = now;
      const style = getComputedStyle(document.documentElement), token = (name) => style.getPropertyValue(`--${name}`).trim();
      this.inks = { plain: token("dot"), dense: token("losiE"), D: root.MallFrame.theme === "light" ? token("losiD") : token("dot") };
      const free = new Set(this.dots);
      this.dots = points.flatMap((p) => {
        const home = this.homes.find(({ z, box }) => p[0] >= box[0] && p[0] <= box[2] && p[1] >= box[1] && p[1] <= box[3] && contains(rings(z), p[0], p[1]));
        const face = home && plan.items.get(home.z.id)?.face;
        if (face && face.gone) return [];
        let before = null, least = SAME_PERSON_M;
        for (const dot of free) { const far = Math.hypot(dot.to[0] - p[0], dot.to[1] - p[1]); if (far < least) { least = far; before = dot; } }
        free.delete(before);
        const letter = face?.letter, ink = letter === "E" || letter === "F" ? "dense" : letter === "D" ? "D" : "plain";
        return [{ from: before ? this.spot(before, now) : p, to: p, start: now, pause, ink, alpha: face?.state === "stale" ? 0.35 : letter === "A" || letter === "B" ? 0.62 : 1 }];
      });
      this.leaving = [...this.leaving, ...[...free].map((dot) => ({ ...dot, left: now }))].filter((dot) => now - dot.left < FADE_MS && !still.matches);
      if (plan.people.dataset.people !== String(this.dots.length)) plan.people.dataset.people = this.dots.length;
      this.until = now + FADE_MS;
      if (this.isDrawn(plan) && !still.matches) this.run(plan); else this.paint(plan);
    },
    isDrawn(plan) { return plan.show.people && !!plan.view && plan.view.k >= DOTS_FROM_PX_PER_M; },
    spot(dot, now) {
      const t = dot.pause ? Math.min(1, (now - dot.start) / dot.pause) : 1;
      return [dot.from[0] + (dot.to[0] - dot.from[0]) * t, dot.from[1] + (dot.to[1] - dot.from[1]) * t];
    },
    run(plan) {
      if (this.running) return;
      let skip = false;
      const step = (now) => {
        this.running = now < this.until && requestAnimationFrame(step);
        skip = !skip && !!this.running; // 30 pictures a second are plenty for a dot that walks
        if (!skip) this.paint(plan);
      };
      this.running = requestAnimationFrame(step);
    },
    paint(plan) {
      const { people: sheet, size, view } = plan, brush = this.brush, ratio = root.devicePixelRatio || 1;
      if (!view || !size || !this.inks) return;
      const [w, h] = [Math.round(size[0] * ratio), Math.round(size[1] * ratio)];
      if (sheet.width !== w || sheet.height !== h) { sheet.width = w; sheet.height = h; }
      brush.setTransform(ratio, 0, 0, ratio, 0, 0);
      brush.clearRect(0, 0, size[0], size[1]);
      if (!this.isDrawn(plan)) return;
      const now = performance.now(), batches = new Map(), r = plan.mode === "operator" ? 2.2 : 1.9;
      for (const dot of [...this.dots, ...this.leaving]) {
        const fade = dot.left ? Math.max(0, 1 - (now - dot.left) / FADE_MS) : 1, key = `${dot.ink} ${(dot.alpha * fade).toFixed(2)}`;
        if (!batches.has(key)) batches.set(key, []);
        batches.get(key).push(plan.toScreen(this.spot(dot, now)));
      }
      for (const [key, spots] of batches) {
        const [ink, alpha] = key.split(" ");
        brush.fillStyle = this.inks[ink]; brush.globalAlpha = +alpha;
        brush.beginPath();
        for (const [x, y] of spots) { brush.moveTo(x + r, y); brush.arc(x, y, r, 0, 6.2832); }
        brush.fill();
      }
      brush.globalAlpha = 1;
    },
  });

  // --- cameras: a body always where wanted, the real outline of what it sees for a chosen zone or in trouble; never a tint
  layers.push({
    state(plan) { this.draw(plan); },
    level(plan) { this.drawn = ""; this.draw(plan); },
    view(plan) { this.place(plan); },
    wanted(plan) {
      const chosen = plan.items.get(plan.selected);
      return Object.entries(plan.state.cameras || {}).flatMap(([id, camera]) => {
        const facts = (plan.options.cameras || []).find((c) => c.id === id);
        if (!camera.footprint || camera.footprint.length < 3 || !facts || facts.level !== plan.level) return [];
        const trouble = ["offline", "suspect", "failed"].includes(camera.state);
        const sees = chosen && (plan.state.zones[chosen.zone.id]?.cameras || []).includes(id);
        return [{ id, camera, trouble, outlined: trouble || sees, label: plan.text.label(facts) }];
      });
    },
    /* The outline as far as the level reaches, without the raster's steps; edges where it is merely cut stay open. */
    sight(plan, footprint) {
      const box = bounds(plan.zones.map((z) => z.polygon)), ring = clip(around(footprint), box), on = (p, edge) => Math.abs(p[edge % 2] - box[edge]) < 0.01, cut = (p, q) => [0, 1, 2, 3].some((edge) => on(p, edge) && on(q, edge));
      return ring.map((p, i) => { const q = ring[(i + 1) % ring.length]; return cut(p, q) ? "" : path([p, q], false); }).join("");
    },
    draw(plan) {
      const list = this.wanted(plan), key = JSON.stringify([plan.show.cameras, list.map((c) => [c.id, c.camera.state, c.outlined, c.camera.footprint.length, c.camera.position])]);
      if (key === this.drawn) return;
      this.drawn = key; this.list = list;
      plan.g.views.replaceChildren(...list.filter((c) => c.outlined).map((c) => make("path", { class: `view ${c.trouble ? "trouble" : ""}`, d: this.sight(plan, c.camera.footprint) })));
      this.place(plan);
    },
    place(plan) {
      if (!this.list || !plan.view) return;
      plan.s.cameras.replaceChildren();
      const taken = [];
      for (const { camera, trouble, outlined, label } of this.list) {
        if (!outlined && (!plan.show.cameras || plan.view.k < DOTS_FROM_PX_PER_M)) continue; // a body would hide its zones
        const ring = around(camera.footprint).map((p) => plan.toScreen(p)), [cx, cy] = centre(ring);
        let [x, y] = camera.position ? plan.toScreen(camera.position) : nearEdge(ring);
        const away = Math.hypot(cx - x, cy - y) || 1, aside = [-(cy - y) / away, (cx - x) / away];
        while (taken.some((p) => Math.hypot(p[0] - x, p[1] - y) < BODY_PX)) { x += aside[0] * BODY_PX; y += aside[1] * BODY_PX; } // two on one mast
        taken.push([x, y]);
        if (x < BODY_PX || y < BODY_PX || x > plan.size[0] - BODY_PX || y > plan.size[1] - BODY_PX) continue;
        const body = make("g", { class: `cam ${trouble ? "trouble" : ""}`, transform: `translate(${x} ${y}) rotate(${(Math.atan2(cy - y, cx - x) * 180) / Math.PI})` }, plan.s.cameras);
        make("path", { d: "M-5 -3.500H2L7 -6V6L2 3.500H-5Z" }, body);
        make("title", {}, body).textContent = label;
        if (trouble) make("path", { class: "cam-x", d: `M${x - 8} ${y - 8}L${x + 8} ${y + 8}` }, plan.s.cameras);
      }
    },
  });

  // --- measurement lines with what went in and out; the words give way to the zones' own
  layers.push({
    level(plan) {
      this.lines = (plan.site.lines || []).filter((line) => line.level === plan.level);
      for (const line of this.lines) make("path", { class: "count-line", d: path(line.line, false) }, plan.g.lines);
    },
    state(plan) { this.view(plan); },
    on: (plan) => plan.show.lines && plan.mode === "operator",
    /* Middle of the line in pixels, and the unit vector of "in": to the right of the line, unless the plan says left. */
    pose(plan, line) {
      const [a, b] = [line.line[0], line.line[line.line.length - 1]].map((p) => plan.toScreen(p));
      const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1, side = line.in_side === "left" ? -1 : 1;
      return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, nx: (-(b[1] - a[1]) / length) * side, ny: ((b[0] - a[0]) / length) * side };
    },
    view(plan) {
      plan.g.lines.style.display = plan.s.lines.style.display = this.on(plan) ? "" : "none";
      plan.s.lines.replaceChildren();
      if (!this.on(plan) || !plan.view) return;
      for (const line of this.lines || []) {
        const { x, y, nx, ny } = this.pose(plan, line);
        make("path", { class: "count-tip", d: "M-4 -3L4 0L-4 3Z", transform: `translate(${x} ${y}) rotate(${(Math.atan2(ny, nx) * 180) / Math.PI})` }, plan.s.lines);
      }
      plan._soonLabels();
    },
    placed(plan, taken) {
      for (const node of [...plan.s.lines.querySelectorAll("rect, text")]) node.remove();
      if (!this.on(plan) || plan.size[0] < 560) return;
      const T = plan.text, near = (plan.zoomed || plan.pxPerM > 1.5 * plan.fitK);
      for (const line of this.lines || []) {
        const counts = (plan.state.lines || {})[line.id] || {}, { x, y, nx, ny } = this.pose(plan, line);
        if (!plan.state.at || x < 0 || y < 0 || x > plan.size[0] || y > plan.size[1]) continue;
        const words = T.t("plan.perMin", { in: T.count(counts.in), out: T.count(counts.out) }), half = textWidth(words, 12) / 2 + 3;
        const far = 10 + Math.abs(nx) * half + Math.abs(ny) * 5, tx = Math.min(plan.size[0] - half, Math.max(half, x - nx * far)), ty = Math.min(plan.size[1] - 10, y - ny * far);
        const rect = [tx - half, ty - 9, tx + half, ty + 9], [wx, wy] = plan.toWorld([tx, ty]);
        // inside the building the figures wait until one looks closer
        if (!near && [...plan.items.values()].some((item) => contains([item.zone.polygon], wx, wy))) continue;
        if (taken.some((o) => rect[0] < o[2] && rect[2] > o[0] && rect[1] < o[3] && rect[3] > o[1])) continue;
        taken.push(rect);
        make("rect", { class: "count-plate", x: rect[0], y: rect[1], width: 2 * half, height: 18, rx: 4 }, plan.s.lines);
        make("text", { class: `flow ${counts.state || ""}`, x: tx, y: ty + 4, "text-anchor": "middle" }, plan.s.lines).textContent = words;
      }
    },
  });

  // --- pop-up kits
  layers.push({
    build() { this.rects = []; },
    level(plan) {
      this.kits = (plan.site.popups || []).filter((p) => p.level === plan.level && p.footprint.length > 2);
      for (const kit of this.kits) make("path", { class: "kit", d: path(kit.footprint) }, plan.g.kits);
    },
    view(plan) {
      plan.s.kits.replaceChildren(); this.rects = [];
      (this.kits || []).forEach((kit) => {
        const [x, y] = plan.toScreen(centre(kit.footprint)), name = `P${plan.site.popups.indexOf(kit) + 1}`;
        const box = bounds([kit.footprint.map((p) => plan.toScreen(p))]);
        if (box[2] - box[0] < 18) { this.rects.push(box); return; }
        this.rects.push([Math.min(box[0], x - 12), Math.min(box[1], y - 9), Math.max(box[2], x + 12), Math.max(box[3], y + 9)]);
        const text = make("text", { class: "kit-name", x, y: y + 4, "text-anchor": "middle" }, plan.s.kits);
        text.textContent = name;
        make("title", {}, text).textContent = plan.text.label(kit);
      });
    },
    obstacles() { return this.rects; },
  });

  // --- selection and open advisories: outlines; the worst one gets a callout off people's feet
  layers.push({
    build() { this.seen = new Set(); },
    level(plan) { this.draw(plan); },
    state(plan) { this.draw(plan); },
    obstacles(plan) {
      const top = plan.options.callout === false ? null : this.open(plan).find((a) => a.severity !== "watch");
      plan.calledOut = top ? top.place : null; // the callout says it all; the zone's own plate would say it twice
      return [];
    },
    open(plan) { return (plan.state.advisories || []).filter((a) => !["resolved", "expired"].includes(a.status) && plan.items.has(root.MallPlan.zoneOf(a))); },
    draw(plan) {
      const nodes = [], add = (id, name) => {
        const d = outline(plan.items.get(id).zone);
        nodes.push(make("path", { class: `halo ${name}`, d }), make("path", { class: `mark ${name}`, d }));
        return nodes[nodes.length - 1];
      };
      for (const advisory of [...this.open(plan)].reverse()) {
        if (advisory.severity === "watch") continue;
        const node = add(advisory.place, `alarm ${advisory.severity}`);
        if (!this.seen.has(advisory.id) && /act|clear/.test(advisory.severity)) node.classList.add("pulse");
        this.seen.add(advisory.id);
      }
      if (plan.selected && plan.items.has(plan.selected)) add(plan.selected, "sel");
      const key = nodes.map((n) => n.getAttribute("class") + n.getAttribute("d")).join("");
      if (key !== this.key || !plan.g.marks.childNodes.length) { this.key = key; plan.g.marks.replaceChildren(...nodes); }
    },
    placed(plan, taken) {
      plan.s.callout.replaceChildren();
      const top = this.open(plan).find((a) => a.severity !== "watch");
      if (!top || plan.options.callout === false) return;
      const item = plan.items.get(top.place), face = item.face, T = plan.text, small = plan.size[0] < 560;
      const words = [!small && T.label(item.zone), face && !face.gone && face.letter ? `${face.range} ${face.density}` : face && face.people].filter(Boolean).join("  ");
      const w = textWidth(words, 13, true) + 48, h = 30, [ax, ay] = plan.toScreen(item.at), [x0, y0, x1, y1] = bounds([item.zone.polygon.map((p) => plan.toScreen(p))]);
      const ways = plan.ways?.rects || []; // buttons lie on top
      let best = null, least = Infinity;
      const others = [...plan.items.values()].filter((other) => !other.bare), over = (o, x, y) => x < o[2] && x + w > o[0] && y < o[3] && y + h > o[1];
      for (const dx of small ? [-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3] : [-1, -0.5, 0, 0.5, 1]) for (const dy of small ? [-4, -3, -2, -1, -0.6, 0, 0.6, 1, 2, 3, 4] : [-2, -1, -0.6, 0.6, 1, 2, 0]) {
        const x = (x0 + x1) / 2 + dx * ((x1 - x0) / 2 + w / 2 + 18) - w / 2, y = (y0 + y1) / 2 + dy * ((y1 - y0) / 2 + h / 2 + 22) - h / 2;
        if (x < 8 || y < 8 || x + w > plan.size[0] - 8 || y + h > plan.size[1] - (small ? TOOLS_PX : 8)) continue;
        let cost = Math.hypot(x + w / 2 - ax, y + h / 2 - ay) / (small ? 40 : 200);
        for (let i = 0; i <= 6; i++) for (let j = 0; j <= 2; j++) {
          const [px, py] = plan.toWorld([x + (w * i) / 6, y + (h * j) / 2]);
          for (const other of others) if (px >= other.box[0] && px <= other.box[2] && py >= other.box[1] && py <= other.box[3] && contains([other.zone.polygon], px, py)) { cost += other === item ? 4 : small ? 0.2 : 1; break; }
        }
        cost += (taken.some((o) => over(o, x, y)) ? 6 : 0) + 20 * ways.filter((o) => over(o, x, y)).length;
        if (cost < least) { least = cost; best = [x, y]; }
      }
      if (!best) return;
      const [x, y] = best, g = make("g", { class: `call ${top.severity}`, "aria-hidden": "true" }, plan.s.callout);
      const clampX = Math.max(x0, Math.min(x1, x + w / 2)), edgeY = y + h / 2 < y0 ? y0 : y + h / 2 > y1 ? y1 : y + h / 2, edgeX = edgeY === y + h / 2 ? (x > x1 ? x1 : x0) : clampX;
      make("path", { class: "lead", d: `M${edgeX} ${edgeY}L${Math.max(x, Math.min(x + w, edgeX))} ${Math.max(y, Math.min(y + h, edgeY))}` }, g);
      make("rect", { x, y, width: w, height: h, rx: 6 }, g);
      const badge = root.MallFrame.severity(top.severity, 20);
      badge.setAttribute("x", x + 9); badge.setAttribute("y", y + 5);
      g.append(badge);
      make("text", { x: x + 38, y: y + 20 }, g).textContent = words;
    },
  });

  // --- scale bar; words give way to it and to the zoom buttons beside it
  layers.push({
    build(plan) { this.zoom = plan.host.parentElement?.querySelector(".zoom"); },
    obstacles(plan) { return [this.rect, this.zoom?.offsetWidth ? [plan.size[0] - 54, plan.size[1] - 118, plan.size[0], plan.size[1]] : null].filter(Boolean); },
    view(plan) {
      this.rect = null;
      plan.s.scale.replaceChildren();
      if (!plan.view || plan.size[0] < 560) return;
      const metres = [1, 2, 5, 10, 20, 50, 100].find((m) => m * plan.pxPerM >= 60) || 100, w = metres * plan.pxPerM, x = plan.size[0] - 76 - w, y = plan.size[1] - 20;
      this.rect = [x - 8, y - 20, x + w + 8, y + 8];
      make("rect", { class: "ground", x: x - 8, y: y - 20, width: w + 16, height: 28, rx: 4 }, plan.s.scale);
      make("path", { d: `M${x} ${y - 5}v5h${w}v-5` }, plan.s.scale);
      make("text", { x: x + w / 2, y: y - 5, "text-anchor": "middle" }, plan.s.scale).textContent = `${metres} m`;
    },
  });
})(window);
