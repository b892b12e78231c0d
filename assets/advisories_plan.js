/* The layer of the plan that draws what may be done: a line per option with its letter and dash pattern, an arrow, a name.
   plan.setOptions([{key, title, drawing: {level: [polyline, …]}}], key in focus or null, the zone it is about or null) */
(function (root) {
  "use strict";
  const { make, path, textWidth, bounds, contains } = root.MallPlan, DASHES = root.MallAdvisoryCharts.DASHES, color = root.MallAdvisoryCharts.color;
  const BADGE = 12, APART = 27;

  root.MallPlan.layers.push({
    build(plan) {
      this.options = []; this.focus = null;
      this.tips = make("g", { class: "option-tips", "aria-hidden": "true" });
      plan.s.labels.before(this.tips); // the letters of zones stand on them
      this.marks = make("g", { class: "option-marks", "aria-hidden": "true" }, plan.screen);
      plan.setOptions = (options, focus, zone) => {
        const key = JSON.stringify([options, focus, zone?.id]);
        if (key === this.key) return;
        this.key = key; this.options = options; this.focus = focus; this.zone = zone;
        this.draw(plan); plan._soonLabels();
      };
    },
    level(plan) { this.draw(plan); },
    here(plan) { return this.options.map((o) => ({ ...o, lines: (o.drawing?.[plan.level] || []).filter((line) => line.length > 1) })).filter((o) => o.lines.length); },
    draw(plan) {
      // the worst-ranked first, so that the best lies on top
      plan.g.routes.replaceChildren(...this.here(plan).reverse().flatMap((option) => {
        const faint = this.focus && this.focus !== option.key ? " faint" : "", d = option.lines.map((line) => path(line, false)).join("");
        return [make("path", { class: `rt halo${faint}`, d }), make("path", { class: `rt${faint}`, d, style: `stroke:${color(option.key)};stroke-dasharray:${DASHES[option.key]}` })];
      }));
      this.view(plan);
    },
    view(plan) {
      this.marks.replaceChildren(); this.tips.replaceChildren();
      this.taken = [];
      if (!plan.view || !plan.size) return;
      for (const option of this.here(plan)) {
        const faint = this.focus && this.focus !== option.key ? " faint" : "", group = make("g", { class: `option${faint}`, "data-option": option.key }, this.marks);
        for (const line of option.lines) this.tip(plan, line, option.key, make("g", { class: faint.trim() }, this.tips));
        this.badge(plan, option, group);
      }
    },
    tip(plan, line, key, group) {
      const [p, q] = [line.at(-2), line.at(-1)].map((point) => plan.toScreen(point)), turn = (Math.atan2(q[1] - p[1], q[0] - p[0]) * 180) / Math.PI;
      if (Math.hypot(q[0] - p[0], q[1] - p[1]) < 1) return;
      make("path", { class: "tip", d: "M-4 -8L10 0L-4 8Z", transform: `translate(${q[0]} ${q[1]}) rotate(${turn})`, style: `fill:${color(key)}` }, group);
    },
    /* The letter beside the end of the first line, where no other letter is; its name to the right where there is room. */
    badge(plan, option, group) {
      const line = option.lines[0], [p, q] = [line.at(-2), line.at(-1)].map((point) => plan.toScreen(point)), [w, h] = plan.size;
      const far = Math.hypot(q[0] - p[0], q[1] - p[1]) || 1, along = [(q[0] - p[0]) / far, (q[1] - p[1]) / far];
      const [mx, my] = plan.toScreen(line[Math.floor((line.length - 1) / 2)]);
      const spots = [[q[0] - along[1] * 24, q[1] + along[0] * 24], [q[0] + along[1] * 24, q[1] - along[0] * 24], [q[0] + along[0] * 28, q[1] + along[1] * 28], [mx, my], [mx - along[1] * 26, my + along[0] * 26], [mx + along[1] * 26, my - along[0] * 26], [q[0] + 40, q[1] + 30], [q[0] - 40, q[1] - 30]];
      const inside = ([x, y]) => x > 16 && y > 16 && x < w - 16 && y < h - 16, free = ([x, y]) => this.taken.every(([a, b]) => Math.hypot(a - x, b - y) > APART);
      let [x, y] = spots.find((s) => inside(s) && free(s) && !this.touchesPlace(plan, s)) || spots.find((s) => inside(s) && free(s)) || spots.find(inside) || q;
      x = Math.max(BADGE + 4, Math.min(w - BADGE - 4, x)); y = Math.max(BADGE + 4, Math.min(h - BADGE - 4, y));
      this.taken.push([x, y]);
      const room = textWidth(option.title, 12, true) + BADGE * 2 + 14, side = w >= 560 && room < 260 && [1, -1].find((s) => this.isFree(plan, x, y, s * room));
      if (side) {
        make("rect", { class: "pill", x: side > 0 ? x : x - room, y: y - BADGE, width: room, height: 2 * BADGE, rx: BADGE }, group);
        make("text", { x: x + side * (BADGE + 6), y: y + 4.5, "text-anchor": side > 0 ? "start" : "end" }, group).textContent = option.title;
        for (let far = APART; far < room; far += APART) this.taken.push([x + side * far, y]);
      }
      make("circle", { cx: x, cy: y, r: BADGE, style: `fill:${color(option.key)}` }, group);
      make("text", { class: "letter", x, y: y + 4.7, "text-anchor": "middle" }, group).textContent = option.key;
    },
    /* Where the place stands on the screen, null on another level. */
    placeBox(plan) { return this.zone?.level === plan.level ? bounds([this.zone.polygon.map((p) => plan.toScreen(p))]) : null; },
    touchesPlace(plan, [x, y]) {
      const box = this.placeBox(plan);
      return !!box && x + BADGE > box[0] && x - BADGE < box[2] && y + BADGE > box[1] && y - BADGE < box[3];
    },
    /* Whether a name of a width fits beside a letter: in the picture, over no other letter and not over the place itself. */
    isFree(plan, x, y, wide) {
      const left = Math.min(x, x + wide), right = Math.max(x, x + wide), box = this.placeBox(plan);
      if (left < 8 || right > plan.size[0] - (y > plan.size[1] - 40 ? 200 : 8)) return false; // where the scale stands
      if (box && left < box[2] && right > box[0] && y - BADGE < box[3] && y + BADGE > box[1]) return false;
      return this.taken.every(([a, b]) => (a === x && b === y) || Math.abs(b - y) > 2 * BADGE || a < left - BADGE || a > right + BADGE);
    },
    /* Zone names give way to the letters of the options and to their lines. */
    obstacles(plan) {
      const around = (far) => ([x, y]) => [x - far, y - far, x + far, y + far];
      return [...(this.taken || []).map(around(BADGE + 2)), ...this.here(plan).flatMap((o) => o.lines.flatMap((line) => this.along(plan, line))).filter((p) => !this.isInPlace(plan, p)).map(around(4))];
    },
    /* The place's own letter and value stand, even on a line. */
    isInPlace(plan, point) { return this.zone?.level === plan.level && contains([this.zone.polygon], ...plan.toWorld(point)); },
    /* Points every few pixels along a line, on the screen. */
    along(plan, line) {
      const points = line.map((p) => plan.toScreen(p));
      return points.slice(1).flatMap((q, i) => {
        const p = points[i], n = Math.max(1, Math.ceil(Math.hypot(q[0] - p[0], q[1] - p[1]) / 8));
        return Array.from({ length: n + 1 }, (_, j) => [p[0] + ((q[0] - p[0]) * j) / n, p[1] + ((q[1] - p[1]) * j) / n]);
      });
    },
  });

  /* The box around a place and what is drawn for it on a level, in metres; null where there is neither. */
  root.MallPlan.around = (zone, options, level) => {
    const rings = [...(zone && zone.level === level ? [zone.polygon] : []), ...options.flatMap((o) => o.drawing?.[level] || []).filter((line) => line.length)];
    return rings.length ? bounds(rings) : null;
  };
})(window);
