/* What stands on the two sheets whatever the step: the plan and what a draft makes of it. Exposes MallSetup.scene. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { path, bounds } = root.MallPlan;

  // --- features of the plan
  const open = (ring) => { const [a, b] = [ring[0], ring.at(-1)]; return ring.length > 1 && a[0] === b[0] && a[1] === b[1] ? ring.slice(0, -1) : ring; };
  /* Rings without their repeated last corner, as they are edited. */
  function shapeOf({ key, feature }) {
    const { type, coordinates } = feature.geometry || {};
    if (type === "Polygon") return { key, rings: coordinates.map(open), closed: true };
    if (type === "LineString") return { key, rings: [coordinates], closed: false };
    return { key, rings: [], closed: false };
  }
  function withRings(row, rings) {
    const { feature } = row, isArea = feature.geometry.type === "Polygon";
    return { ...row, feature: { ...feature, geometry: { ...feature.geometry, coordinates: isArea ? rings.map((ring) => [...ring, ring[0]]) : rings[0] } } };
  }
  const levelOf = (row) => String(row.feature.properties?.level ?? "");
  const onLevel = (D) => D.draft.plan.features.filter((row) => levelOf(row) === D.level);
  const labelOf = ({ feature }) => { const props = feature.properties || {}; return props[`label_${T.language}`] || props.label || S.idOf(feature); };
  function extentOf(D) {
    const rings = onLevel(D).flatMap((row) => shapeOf(row).rings).filter((ring) => ring.length);
    if (!rings.length) return [0, 0, 40, 30];
    const [x0, y0, x1, y1] = bounds(rings), room = 1 + 0.03 * Math.max(x1 - x0, y1 - y0);
    return [x0 - room, y0 - room, x1 + room, y1 + room];
  }
  const RANK = { zone: 0, fixture: 1, opening: 2, line: 3 };
  function featureShapes(D) {
    const bad = new Set(D.problems.filter((p) => p.where.feature).map((p) => p.where.feature)), isZones = D.step === "zones";
    return onLevel(D).map((row) => [S.kindOf(row.feature), row]).sort(([a], [b]) => RANK[a] - RANK[b]).map(([kind, row]) => ({
      key: row.key, d: S.shapes.outline(shapeOf(row)), title: labelOf(row),
      cls: `feature ${kind} ${isZones && row.key === D.chosen.feature ? "chosen" : ""} ${bad.has(S.idOf(row.feature)) ? "wrong" : ""}`,
    }));
  }
  /* Names of zones where there is room for them on the screen. */
  function featureNames(D) {
    const board = D.boards.plan;
    if (!board.view) return [];
    const taken = [], zones = onLevel(D).filter((row) => S.kindOf(row.feature) === "zone");
    return zones.flatMap((row) => {
      const { rings } = shapeOf(row);
      if (!rings.length) return [];
      const box = bounds(rings), wide = root.MallPlan.textWidth(labelOf(row), 12), at = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], [x, y] = board.toScreen(at);
      if ((box[2] - box[0]) * board.view.k < wide + 6 || (box[3] - box[1]) * board.view.k < 16) return [];
      if (taken.some((o) => Math.abs(o[0] - x) < (o[2] + wide) / 2 && Math.abs(o[1] - y) < 15)) return [];
      taken.push([x, y, wide]);
      return [{ key: `name ${row.key}`, at, text: labelOf(row), cls: "name" }];
    });
  }

  // --- what follows from the draft
  const circle = ([x, y], r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  const PERSON = "M0-4.500A4.500 4.500 0 1 1 0 4.500A4.500 4.500 0 1 1 0-4.500Z", LANDS = "M-5-5 5 5M5-5-5 5";
  function landings(D) {
    const pairs = (D.step === "points" || D.step === "planes" ? S.pairs.owner(D)?.pairs : null) || [];
    return pairs.map((pair) => [pair, D.landingOf(pair.key)]).filter(([pair, at]) => pair.plan && at);
  }
  function planScene(D) {
    const { tried } = D, out = { shapes: featureShapes(D), marks: featureNames(D) };
    if (!tried || D.level !== D.row.level) return out;
    if (tried.plan.seen?.length > 2) out.shapes.push({ key: "seen", d: path(tried.plan.seen), cls: "seen", title: T.t("setup.scene.seen") });
    tried.plan.uncertainty.forEach(({ at, sd_m }, i) => out.shapes.push({ key: `sd${i}`, d: circle(at, Math.max(0.02, sd_m)), cls: "sd", title: T.t("setup.scene.sd", { sd: S.panel.metres(sd_m) }) }));
    for (const [pair, at] of landings(D)) {
      out.shapes.push({ key: `miss ${pair.key}`, d: path([pair.plan, at], false), cls: "miss" });
      out.marks.push({ key: `lands ${pair.key}`, at, d: LANDS, cls: "lands" });
    }
    // placed anew only while a step looks for them; elsewhere they would stand still
    if (D.looksForPeople) (tried.people || []).forEach((at, i) => out.marks.push({ key: `person${i}`, at, d: PERSON, cls: "person" }));
    return out;
  }
  function pictureScene(D) {
    const tried = D.pictureTried, [w, h] = D.size || [16, 9], out = { shapes: [{ key: "frame", d: `M0 0H${w}V${h}H0Z`, cls: "picture-frame" }], marks: [] };
    if (!tried) return out;
    const features = tried.picture.plan.map(({ id, kind, closed, parts }) => ({ id, kind, d: parts.filter((part) => part.length > 1).map((part) => path(part, closed)).join("") }));
    const grid = tried.picture.grid.map((line) => path(line, false)).join("");
    // a dark line below each light one: a picture is bright here and dark there
    out.shapes.push({ key: "under", d: features.map(({ d }) => d).join(""), cls: "under" }, { key: "grid", d: grid, cls: "grid" });
    for (const { id, kind, d } of features) out.shapes.push({ key: `in ${kind} ${id}`, d, cls: `in-picture ${kind}`, title: id });
    if (tried.picture.horizon) {
      const [a, b] = tried.picture.horizon, left = a[0] <= b[0] ? a : b;
      out.shapes.push({ key: "horizon", d: path([a, b], false), cls: "horizon" });
      const at = [Math.max(0, left[0]), left[1]];
      if (at[1] >= 0 && at[1] <= h) out.marks.push({ key: "horizon-name", at, text: T.t("setup.scene.horizon"), anchor: "start", dy: "-0.4em", cls: "horizon-name" });
    }
    return out;
  }

  function draw(D) {
    const step = S.steps[D.step], { picture, plan } = D.boards;
    picture.setExtent([0, 0, ...(D.size || [16, 9])]);
    const key = `${D.level} ${D.draft.site.version}`;
    if (plan.extentKey !== key) { plan.extentKey = key; plan.setExtent(extentOf(D)); }
    for (const [side, board, own, scene] of [["picture", picture, step.picture?.(D) || {}, pictureScene(D)], ["plan", plan, step.plan?.(D) || {}, planScene(D)]]) {
      const drawing = S.shapes.drawn(D, side);
      board.draw({
        shapes: [...scene.shapes, ...(own.shapes || []), ...drawing.shapes], marks: [...scene.marks, ...(own.marks || []), ...drawing.marks], handles: own.handles || [],
      });
      board.host.classList.toggle("setting", !!step[side === "picture" ? "clickPicture" : "clickPlan"] || D.drawing?.side === side);
      board.host.classList.toggle("old", D.isTrying);
    }
  }
  /* Nothing is known of the camera yet: an empty sheet says what to do first. */
  const isBare = ({ pairs, planes, masks }) => !pairs.length && !planes.length && !masks.length;
  S.scene = { draw, isBare, shapeOf, withRings, levelOf, onLevel, labelOf };
})(window);
