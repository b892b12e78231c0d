/* The step "zones and lines": features of the plan are drawn, moved, named and taken away. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make } = root.MallFrame, P = S.panel, { contains } = root.MallPlan, NEAR_PX = 10;
  const CATEGORIES = ["concourse", "atrium", "walkway", "queue", "stair", "escalator", "lift", "shop", "food_court", "restroom", "entrance", "event", "seating", "staff", "popup"];
  const GROUPS = ["zone", "line", "opening", "fixture"];

  const rows = (D) => D.draft.plan.features, find = (D, key) => rows(D).find((row) => row.key === key) || null, chosen = (D) => find(D, D.chosen.feature);
  const write = (D, key, turn, mergeKey) => D.draft.changePlan(rows(D).map((row) => (row.key === key ? turn(row) : row)), mergeKey);
  const named = (row) => S.scene.labelOf(row) || S.idOf(row.feature);
  function remove(D, key) {
    const row = find(D, key);
    if (!row) return;
    if (D.chosen.feature === key) D.chosen.feature = null;
    D.draft.changePlan(rows(D).filter((other) => other !== row));
    S.say(T.t("setup.zone.removed", { name: named(row) }));
  }
  const editor = {
    side: "plan",
    shape: (D) => { const row = chosen(D); return row && D.site.plan_editable && S.scene.levelOf(row) === D.level ? S.scene.shapeOf(row) : null; },
    write: (D, rings, mergeKey) => write(D, D.chosen.feature, (row) => S.scene.withRings(row, rings), mergeKey),
    remove: (D) => remove(D, D.chosen.feature),
  };

  // --- what was clicked: a line near by, else the smallest area that holds the place
  function lineGap(board, points, at) {
    const p = board.toScreen(at), q = points.map((point) => board.toScreen(point));
    return Math.min(...q.slice(1).map(([bx, by], i) => {
      const [ax, ay] = q[i], dx = bx - ax, dy = by - ay, t = Math.max(0, Math.min(1, ((p[0] - ax) * dx + (p[1] - ay) * dy) / (dx * dx + dy * dy || 1)));
      return Math.hypot(p[0] - ax - t * dx, p[1] - ay - t * dy);
    }));
  }
  const size = (rings) => { const b = root.MallPlan.bounds(rings); return (b[2] - b[0]) * (b[3] - b[1]); };
  function hit(D, at) {
    const shapes = S.scene.onLevel(D).map((row) => [row, S.scene.shapeOf(row)]);
    const lines = shapes.filter(([, s]) => !s.closed && s.rings.length).map(([row, s]) => [row, lineGap(D.boards.plan, s.rings[0], at)]).filter(([, gap]) => gap < NEAR_PX).sort((a, b) => a[1] - b[1]);
    if (lines.length) return lines[0][0];
    const areas = shapes.filter(([, s]) => s.closed && contains(s.rings, ...at)).sort((a, b) => size(a[1].rings) - size(b[1].rings));
    return areas[0]?.[0] || null;
  }
  function choose(D, key) {
    const row = find(D, key);
    D.chosen.feature = D.chosen.feature === key ? null : key;
    if (row && D.chosen.feature) {
      D.level = S.scene.levelOf(row);
      const ring = S.scene.shapeOf(row).rings[0];
      if (ring) D.boards.plan.show(ring[0]);
    }
    D.redraw();
  }

  // --- a new one
  function freeId(D, kind) {
    const taken = new Set(rows(D).map((row) => S.idOf(row.feature)));
    let n = 1;
    while (taken.has(`${kind}-${n}`)) n += 1;
    return `${kind}-${n}`;
  }
  function add(D, kind) {
    const isArea = kind === "zone" || kind === "fixture";
    D.chosen.feature = null;
    S.shapes.begin(D, "plan", isArea, (points) => {
      const id = freeId(D, kind), properties = { type: kind, id, level: D.level };
      if (kind === "zone" || kind === "line") properties.label = id;
      if (kind === "zone") properties.category = "concourse";
      if (kind === "opening") properties.width_m = Math.round(10 * Math.hypot(points.at(-1)[0] - points[0][0], points.at(-1)[1] - points[0][1])) / 10 || 1;
      const geometry = isArea ? { type: "Polygon", coordinates: [[...points, points[0]]] } : { type: "LineString", coordinates: points };
      const row = { key: S.newKey("feature"), feature: { type: "Feature", properties, geometry } };
      D.chosen.feature = row.key;
      D.draft.changePlan([...rows(D), row]);
      S.say(T.t("setup.zone.added", { name: id }));
    });
  }

  // --- panel
  function form(D, row) {
    const props = row.feature.properties || {}, kind = S.kindOf(row.feature), id = row.key, disabled = !D.site.plan_editable;
    const text = (key, words, more = {}) => P.field("zone.text", words, { id: `${id} ${key}`, value: props[key] ?? "", disabled, ...more });
    const pick = (key, words, options) => P.choice("zone.text", words, options, { id: `${id} ${key}`, value: String(props[key] ?? options[0][0]), disabled });
    const levels = D.site.levels.map((level) => [level.id, level.label]), zones = S.scene.onLevel(D).filter((other) => S.kindOf(other.feature) === "zone");
    const zoneList = [["", T.t("setup.zone.noZone")], ...zones.map((other) => [S.idOf(other.feature), named(other)])];
    return make("div", { class: "numbers" }, text("id", T.t("setup.zone.id")), pick("level", T.t("setup.zone.level"), levels),
      kind === "zone" || kind === "line" ? [text("label", T.t("setup.zone.label")), text("label_ja", T.t("setup.zone.labelJa"))] : null,
      kind === "zone" ? [pick("category", T.t("setup.zone.category"), CATEGORIES.map((c) => [c, T.t(`category.${c}`)])), text("capacity", T.t("setup.zone.capacity"), { type: "number", min: 1, step: 1 })] : null,
      kind === "line" ? [pick("in_side", T.t("setup.zone.inSide"), [["right", T.t("setup.zone.right")], ["left", T.t("setup.zone.left")]]), pick("zone", T.t("setup.zone.zone"), zoneList)] : null,
      kind === "opening" ? [text("width_m", T.t("setup.zone.width"), { type: "number", step: 0.1, unit: "m" }), pick("from", T.t("setup.zone.from"), zoneList), pick("to", T.t("setup.zone.to"), zoneList)] : null);
  }
  function row(D, one) {
    const isChosen = one.key === D.chosen.feature, id = S.idOf(one.feature), kind = S.kindOf(one.feature), share = kind === "zone" ? D.tried?.plan.zones_seen[id] : null;
    const problems = D.problems.filter((p) => p.where.feature === id);
    return make("li", { "data-key": one.key, class: `area-row ${isChosen ? "chosen" : ""} ${problems.some((p) => p.severity === "error") ? "far" : ""}` },
      make("div", { class: "line" },
        make("button", { type: "button", class: "pick", "data-act": "zone.choose", "data-id": one.key, "aria-pressed": String(isChosen) },
          make("span", { class: "where" }, named(one), make("small", {}, kind === "zone" ? T.t(`category.${one.feature.properties?.category}`) : id)),
          share > 0 ? make("span", { class: "err" }, P.percent(share), make("small", {}, T.t("setup.zone.seen"))) : null),
        D.site.plan_editable ? P.button("zone.remove", "", { id: one.key, symbol: "close", label: T.t("setup.zone.remove", { name: named(one) }) }) : null),
      P.problems(problems), isChosen ? form(D, one) : null);
  }
  function groups(D) {
    const all = S.scene.onLevel(D);
    return GROUPS.map((kind) => [kind, all.filter((one) => S.kindOf(one.feature) === kind)]).filter(([, list]) => list.length).map(([kind, list]) =>
      make("details", { class: "group", "data-key": `group ${kind}`, open: kind === "zone" || kind === "line", "data-force": list.some((one) => one.key === D.chosen.feature) },
        make("summary", {}, T.t(`setup.zone.kind.${kind}`), " ", make("span", { class: "cnt" }, String(list.length))), make("ol", { class: "areas", "data-key": "areas" }, list.map((one) => row(D, one)))));
  }
  const adders = (D) => make("div", { class: "adders", role: "group", "aria-label": T.t("setup.zone.addAny") }, GROUPS.map((kind) => P.button("zone.add", T.t(`setup.zone.add.${kind}`), { id: kind, symbol: "plus", disabled: !!D.drawing })));
  S.steps.zones = {
    panel: (D) => [P.title(T.t("setup.step.zones"), S.scene.onLevel(D).length), P.help("setup.help.zones"),
      D.site.plan_editable ? null : make("p", { class: "note" }, T.t("setup.zone.readOnly")), P.problems(D.problemsAt("plan")),
      D.site.plan_editable ? adders(D) : null, S.scene.onLevel(D).length ? groups(D) : P.empty("setup.zone.none")],
    plan: (D) => ({ handles: S.shapes.handles(D, editor), marks: sides(D) }),
    clickPlan(D, at) { const row = hit(D, at); D.chosen.feature = row?.key || null; D.redraw(); D.reveal(); },
    acts: {
      "zone.choose": choose, "zone.remove": remove, "zone.add": add,
      "zone.text"(D, id, node) {
        const [key, name] = id.split(" "), text = node.value.trim(), number = P.numberOf(node);
        const value = name === "capacity" || name === "width_m" ? number : name === "in_side" && text === "right" ? null : text || null;
        write(D, key, (row) => { const properties = { ...row.feature.properties, [name]: value }; if (value == null && name !== "id") delete properties[name]; return { ...row, feature: { ...row.feature, properties } }; });
        if (name === "level") { D.level = text; D.redraw(); }
      },
    },
  };
  /* Which way is "in" over the chosen line: an arrow across its middle. */
  function sides(D) {
    const one = chosen(D), board = D.boards.plan;
    if (!one || S.kindOf(one.feature) !== "line" || S.scene.levelOf(one) !== D.level || !board.view) return [];
    const { rings: [points] } = S.scene.shapeOf(one), a = board.toScreen(points[0]), b = board.toScreen(points.at(-1)), long = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const sign = one.feature.properties?.in_side === "left" ? -1 : 1, nx = (-(b[1] - a[1]) / long) * sign, ny = ((b[0] - a[0]) / long) * sign, at = [(points[0][0] + points.at(-1)[0]) / 2, (points[0][1] + points.at(-1)[1]) / 2];
    const tip = [26 * nx, 26 * ny], side = (s) => `${(tip[0] - 7 * nx - s * 4 * ny).toFixed(1)} ${(tip[1] - 7 * ny + s * 4 * nx).toFixed(1)}`;
    return [{ key: "in-arrow", at, d: `M${12 * nx} ${12 * ny}L${tip[0]} ${tip[1]}M${side(1)}L${tip[0]} ${tip[1]}L${side(-1)}`, cls: "in-arrow" },
      { key: "in-word", at, text: T.t("setup.zone.in"), cls: "in-word", dx: (30 * nx).toFixed(1), dy: (36 * ny + 4).toFixed(1), anchor: nx > 0.5 ? "start" : nx < -0.5 ? "end" : "middle" }];
  }
})(window);
