/* Drawing and changing polygons and lines, in the picture or on the plan. Exposes MallSetup.shapes.

   A shape is {key, rings: [[[x, y], …], …], closed}; an editor says how the chosen one is written: {side, shape(D), write(D, rings, mergeKey)}. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make } = root.MallFrame, P = S.panel, path = root.MallPlan.path, NEAR_PX = 11;
  const least = (closed) => (closed ? 3 : 2);
  const outline = ({ rings, closed }) => rings.map((ring) => path(ring, closed)).join("");
  const far = (board, a, b) => { const [p, q] = [board.toScreen(a), board.toScreen(b)]; return Math.hypot(p[0] - q[0], p[1] - q[1]); };
  const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  function centre({ rings }) { const box = root.MallPlan.bounds(rings); return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]; }

  // --- a shape that is being drawn: D.drawing = {side, closed, points, done(points)}
  function begin(D, side, closed, done) {
    D.drawing = { side, closed, done, points: [] };
    S.say(T.t(closed ? "setup.draw.polygon" : "setup.draw.line"));
    D.redraw();
    D.boards[side].svg.focus({ preventScroll: true });
    D.boards[side].host.scrollIntoView({ block: "center" }); // on a phone it lies above the panel
  }
  function cancel(D) { D.drawing = null; D.redraw(); }
  function finish(D) {
    const { points, closed, done } = D.drawing;
    if (points.length < least(closed)) { S.say(T.t("setup.draw.few", { n: points.length, need: least(closed) })); return; }
    D.drawing = null;
    done(points);
    D.redraw();
  }
  /* A click sets a corner; on the first or the last one it ends the shape. */
  function click(D, at) {
    const drawing = D.drawing, board = D.boards[drawing.side], { points, closed } = drawing, snapped = snap(D, drawing.side, at, null);
    const ends = points.length >= least(closed) && [closed ? points[0] : null, points.at(-1)].some((p) => p && far(board, p, at) < NEAR_PX);
    if (ends) { finish(D); return; }
    if (points.length && far(board, points.at(-1), at) < 2) return;
    drawing.points = [...points, snapped];
    S.say(T.t("setup.draw.corner", { n: drawing.points.length }));
    D.redraw();
  }
  function key(D, event) {
    const { drawing } = D;
    if (!drawing) return false;
    const board = D.boards[drawing.side], last = drawing.points.at(-1), isHere = last && board.cross && far(board, last, board.cross) < 2;
    if (event.key === "Escape") cancel(D);
    else if (event.key === "Backspace") { drawing.points = drawing.points.slice(0, -1); D.redraw(); } else if (event.key === "Enter" && (!board.isByKeys || isHere)) finish(D);
    else return false;
    return true;
  }
  function drawn(D, side) {
    const { drawing } = D;
    if (drawing?.side !== side || !drawing.points.length) return { shapes: [], marks: [] };
    return {
      shapes: [{ key: "drawing", d: path(drawing.points, drawing.closed && drawing.points.length > 2), cls: "drawing" }],
      marks: drawing.points.map((at, i) => ({ key: `corner${i}`, at, d: "M-4-4H4V4H-4Z", cls: `corner ${i ? "" : "first"}` })),
    };
  }

  // --- corners fall on corners of the plan that are near; no slivers between neighbours
  function snap(D, side, at, own) {
    if (side !== "plan" || !D.snapPoints) return at;
    const board = D.boards.plan, points = D.snapPoints(own);
    let best = at, reach = NEAR_PX;
    for (const point of points) { const gap = far(board, point, at); if (gap < reach) { reach = gap; best = point; } }
    return best;
  }

  // --- handles of the chosen shape
  let inserted = null; // {gesture}: the drag that has put a corner in
  function handles(D, editor) {
    const shape = editor.shape(D);
    if (!shape || D.drawing) return [];
    const unit = editor.side === "picture" ? "px" : "m", said = (at) => `${T.decimal(at[0], unit === "m" ? 2 : 0)}, ${T.decimal(at[1], unit === "m" ? 2 : 0)} ${unit}`;
    const withRing = (r, ring) => editor.shape(D).rings.map((old, i) => (i === r ? ring : old));
    const move = (r, i, at, mergeKey) => {
      const ring = [...editor.shape(D).rings[r]];
      ring[i] = mergeKey?.startsWith("drag") ? snap(D, editor.side, at, shape.key) : at;
      editor.write(D, withRing(r, ring), `${mergeKey} ${shape.key}`);
    };
    const insert = (r, i, at, mergeKey) => {
      const ring = [...editor.shape(D).rings[r]];
      ring.splice(i + 1, 0, at);
      editor.write(D, withRing(r, ring), mergeKey && `${mergeKey} ${shape.key}`);
    };
    const drop = (r, i) => {
      const ring = editor.shape(D).rings[r];
      if (ring.length <= least(shape.closed)) { S.say(T.t("setup.draw.few", { n: ring.length - 1, need: least(shape.closed) })); return; }
      editor.write(D, withRing(r, ring.filter((_p, k) => k !== i)));
    };
    const out = [];
    shape.rings.forEach((ring, r) => ring.forEach((at, i) => {
      out.push({ key: `v${r}.${i}`, at, d: "M-5-5H5V5H-5Z", cls: "vertex", label: T.t("setup.draw.vertex", { n: i + 1, at: said(at) }), onMove: (p, m) => move(r, i, p, m), onRemove: () => drop(r, i) });
      if (!shape.closed && i === ring.length - 1) return;
      const half = middle(at, ring[(i + 1) % ring.length]), corner = `v${r}.${i + 1}`;
      out.push({
        key: `m${r}.${i}`, at: half, d: "M0-4A4 4 0 1 1 0 4A4 4 0 1 1 0-4Z", cls: "mid", label: T.t("setup.draw.mid", { n: i + 1 }),
        onMove: (p, gesture) => {
          if (inserted?.gesture === gesture && gesture.startsWith("drag")) { move(r, i + 1, p, gesture); return; }
          inserted = gesture.startsWith("drag") ? { gesture } : null;
          insert(r, i, p, gesture);
          if (!inserted) D.boards[editor.side].focusHandle(corner);
        },
        onChoose: () => { if (inserted) { inserted = null; return; } insert(r, i, half); D.boards[editor.side].focusHandle(corner); },
      });
    }));
    out.push({
      key: "whole", at: centre(shape), d: "M0-9 3-5H1V-1H5V-3L9 0 5 3V1H1V5H3L0 9-3 5H-1V1H-5V3L-9 0-5-3V-1H-1V-5H-3Z", cls: "whole", label: T.t("setup.draw.whole", { at: said(centre(shape)) }),
      onMove: (p, mergeKey) => {
        const now = editor.shape(D), [cx, cy] = centre(now), board = D.boards[editor.side];
        editor.write(D, now.rings.map((one) => one.map(([x, y]) => board.round([x + p[0] - cx, y + p[1] - cy]))), `${mergeKey} ${shape.key}`);
      },
      onRemove: editor.remove && (() => editor.remove(D)),
    });
    return out;
  }

  /* What to press while a shape is drawn, right below its sheet. */
  function bar(D) {
    const { points, closed } = D.drawing;
    return [make("span", {}, points.length ? T.t("setup.draw.sofar", { n: points.length }) : T.t(closed ? "setup.draw.polygon" : "setup.draw.line")),
      P.button("draw.finish", T.t("setup.draw.finish"), { symbol: "check", disabled: points.length < least(closed) }),
      P.button("draw.back", T.t("setup.draw.back"), { disabled: !points.length }), P.button("draw.cancel", T.t("setup.cancel"), { kind: "quiet" })];
  }
  const acts = {
    "draw.finish": finish, "draw.cancel": cancel,
    "draw.back"(D) { D.drawing.points = D.drawing.points.slice(0, -1); D.redraw(); },
  };
  S.shapes = { begin, cancel, click, key, drawn, handles, bar, acts, outline };
})(window);
