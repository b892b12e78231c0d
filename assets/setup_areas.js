/* The steps "planes" (regions of the picture with pairs of their own) and "masks" (parts of the picture where nobody is). */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make } = root.MallFrame, P = S.panel, outline = S.shapes.outline;

  // --- what both have: a list of polygons in the picture, of which one is chosen
  function rowOf(kind, item, i, { isChosen, words, body, problems }) {
    return make("li", { "data-key": item.key, class: `area-row ${isChosen ? "chosen" : ""}` },
      make("div", { class: "line" },
        make("button", { type: "button", class: "pick", "data-act": `${kind}.choose`, "data-id": item.key, "aria-pressed": String(isChosen) },
          make("b", { class: `num ${kind}` }, String(i + 1)), make("span", { class: "where" }, words)),
        P.button(`${kind}.remove`, "", { id: item.key, symbol: "close", label: T.t(`setup.${kind}.remove`, { n: i + 1 }) })),
      P.problems(problems), body);
  }
  const shapesOf = (kind, items, ringOf, chosen) => items.filter((item) => ringOf(item).length).map((item, i) => ({
    key: item.key, d: outline({ rings: [ringOf(item)], closed: true }), cls: `area ${kind} ${item.key === chosen ? "chosen" : ""}`, title: T.t(`setup.${kind}.name`, { n: i + 1 }),
  }));
  /* Choose what was clicked; the smallest that holds the place. */
  function hit(items, ringOf, [x, y]) { return items.filter((item) => ringOf(item).length && root.MallPlan.contains([ringOf(item)], x, y)).at(-1) || null; }

  // --- masks
  const masksOf = (D) => D.camera.masks, writeMasks = (D, masks, mergeKey) => D.draft.changeCamera(D.cameraId, { masks }, mergeKey);
  function removeMask(D, key) { D.chosen.mask = null; writeMasks(D, masksOf(D).filter((mask) => mask.key !== key)); S.say(T.t("setup.mask.removed")); }
  const maskEditor = {
    side: "picture",
    shape: (D) => { const mask = masksOf(D).find((m) => m.key === D.chosen.mask); return mask ? { key: mask.key, rings: [mask.ring], closed: true } : null; },
    write: (D, [ring], mergeKey) => writeMasks(D, masksOf(D).map((mask) => (mask.key === D.chosen.mask ? { ...mask, ring } : mask)), mergeKey),
    remove: (D) => removeMask(D, D.chosen.mask),
  };
  S.steps.masks = {
    panel: (D) => [P.title(T.t("setup.step.masks"), masksOf(D).length), P.help("setup.help.masks"), P.problems(D.problemsAt("masks")),
      masksOf(D).length ? make("ol", { class: "areas", "data-key": "areas" }, masksOf(D).map((mask, i) => rowOf("mask", mask, i, {
          isChosen: mask.key === D.chosen.mask, words: T.t("setup.mask.words", { n: i + 1, corners: mask.ring.length }), problems: D.problems.filter((p) => p.where.mask === i),
        }))) : P.empty("setup.mask.none"),
      make("div", { class: "row" }, P.button("mask.add", T.t("setup.mask.add"), { symbol: "plus", disabled: !!D.drawing }))],
    picture: (D) => ({ shapes: shapesOf("mask", masksOf(D), (mask) => mask.ring, D.chosen.mask), handles: S.shapes.handles(D, maskEditor) }),
    plan: () => ({}),
    clickPicture(D, at) { D.chosen.mask = hit(masksOf(D), (mask) => mask.ring, at)?.key || null; D.redraw(); },
    acts: {
      "mask.choose"(D, key) { D.chosen.mask = D.chosen.mask === key ? null : key; D.redraw(); },
      "mask.remove": removeMask,
      "mask.add"(D) {
        D.chosen.mask = null;
        S.shapes.begin(D, "picture", true, (ring) => { const mask = { key: S.newKey("mask"), ring }; D.chosen.mask = mask.key; writeMasks(D, [...masksOf(D), mask]); });
      },
    },
  };

  // --- planes
  const planesOf = (D) => D.camera.planes, writePlanes = (D, planes, mergeKey) => D.draft.changeCamera(D.cameraId, { planes }, mergeKey);
  const chosenPlane = (D) => planesOf(D).find((plane) => plane.key === D.chosen.plane) || null;
  const setsPairs = (D) => !!chosenPlane(D) && D.chosen.planeMode !== "region";
  const regionEditor = {
    side: "picture",
    shape: (D) => { const plane = chosenPlane(D); return plane && !setsPairs(D) ? { key: plane.key, rings: [plane.region], closed: true } : null; },
    write: (D, [region], mergeKey) => writePlanes(D, planesOf(D).map((plane) => (plane.key === D.chosen.plane ? { ...plane, region } : plane)), mergeKey),
  };
  function planeBody(D) {
    const mode = D.chosen.planeMode === "region" ? "region" : "pairs";
    return make("div", { class: "plane-body" },
      make("div", { class: "seg", role: "group", "aria-label": T.t("setup.plane.what") }, ["pairs", "region"].map((name) =>
        make("button", { type: "button", "data-act": "plane.mode", "data-id": name, class: name === mode ? "on" : "", "aria-pressed": String(name === mode) }, T.t(`setup.plane.${name}`)))),
      mode === "pairs" ? S.pairs.list(D) : make("p", { class: "soft" }, T.t("setup.plane.regionHint")));
  }
  S.steps.planes = {
    panel: (D) => [P.title(T.t("setup.step.planes"), planesOf(D).length), P.help("setup.help.planes"), P.problems(D.problemsAt("planes")),
      planesOf(D).length ? make("ol", { class: "areas", "data-key": "areas" }, planesOf(D).map((plane, i) => rowOf("plane", plane, i, {
          isChosen: plane.key === D.chosen.plane, words: T.t("setup.plane.words", { n: i + 1, pairs: plane.pairs.length }),
          problems: D.problems.filter((p) => p.where.plane === i && p.pairKey == null), body: plane.key === D.chosen.plane ? planeBody(D) : null,
        }))) : P.empty("setup.plane.none"),
      planesOf(D).length && D.camera.pairs.length ? make("div", { class: "note" }, T.t("setup.plane.instead"), " ", P.button("plane.only", T.t("setup.plane.only"), { kind: "quiet" })) : null,
      make("div", { class: "row" }, P.button("plane.add", T.t("setup.plane.add"), { symbol: "plus", disabled: !!D.drawing }))],
    picture: (D) => ({
      shapes: shapesOf("plane", planesOf(D), (plane) => plane.region, D.chosen.plane),
      handles: setsPairs(D) && !D.drawing ? S.pairs.handles(D, "image") : S.shapes.handles(D, regionEditor),
    }),
    plan: (D) => ({ handles: setsPairs(D) && !D.drawing ? S.pairs.handles(D, "plan") : [] }),
    clickPicture(D, at) {
      if (setsPairs(D)) S.pairs.add(D, "image", at); else { D.chosen.plane = hit(planesOf(D), (plane) => plane.region, at)?.key || null; D.chosen.pair = null; D.redraw(); D.retry(); }
    },
    clickPlan(D, at) { if (setsPairs(D)) S.pairs.add(D, "plan", at); },
    acts: {
      ...S.pairs.acts,
      "plane.choose"(D, key) { D.chosen.plane = D.chosen.plane === key ? null : key; D.chosen.pair = null; D.redraw(); D.retry(); },
      "plane.only"(D) { D.draft.changeCamera(D.cameraId, { pairs: [] }); },
      "plane.mode"(D, name) { D.chosen.planeMode = name; D.redraw(); },
      "plane.remove"(D, key) { if (D.chosen.plane === key) D.chosen.plane = null; writePlanes(D, planesOf(D).filter((plane) => plane.key !== key)); S.say(T.t("setup.plane.removed")); },
      "plane.add"(D) {
        D.chosen.plane = null;
        S.shapes.begin(D, "picture", true, (region) => {
          const plane = { key: S.newKey("plane"), region, pairs: [], lens: { camera_matrix: null, distortion: null } };
          D.chosen.plane = plane.key; D.chosen.planeMode = "pairs"; D.chosen.pair = null;
          writePlanes(D, [...planesOf(D), plane]);
        });
      },
    },
  };
})(window);
