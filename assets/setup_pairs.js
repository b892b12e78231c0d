/* Pairs of points: the same place in the picture and on the plan. The step "points"; the planes use it with their own pairs. Exposes MallSetup.pairs. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make } = root.MallFrame, P = S.panel, FEWEST = 4, FAR_M = 0.5 /* as `check` judges */, SIDES = ["image", "plan"];

  /* Whose pairs: the camera's, or those of the plane that is chosen. null: none can be set now. */
  function owner(D) {
    if (D.step !== "planes") return D.camera;
    return D.camera.planes.find((plane) => plane.key === D.chosen.plane) || null;
  }
  function write(D, pairs, mergeKey) {
    const of = owner(D);
    if (!of) return;
    if (D.step !== "planes") D.draft.changeCamera(D.cameraId, { pairs }, mergeKey);
    else D.draft.changeCamera(D.cameraId, { planes: D.camera.planes.map((plane) => (plane === of ? { ...plane, pairs } : plane)) }, mergeKey);
  }
  function put(D, key, side, at, mergeKey) { write(D, owner(D).pairs.map((pair) => (pair.key === key ? { ...pair, [side]: at } : pair)), mergeKey); }
  function remove(D, key) {
    const { pairs } = owner(D), i = pairs.findIndex((pair) => pair.key === key), after = pairs[i + 1] || pairs[i - 1];
    D.chosen.pair = after?.key || null;
    write(D, pairs.filter((pair) => pair.key !== key));
    S.say(T.t("setup.pair.removed", { n: i + 1 }));
  }
  /* A place on one sheet begins a pair or completes the one that lacks it; a second one moves the half that is there. */
  function add(D, side, at) {
    const of = owner(D);
    if (!of) return;
    if (side === "plan" && D.level !== D.row.level) { D.level = D.row.level; S.say(T.t("setup.pair.otherLevel")); D.redraw(); return; }
    const half = of.pairs.find((pair) => !S.isWhole(pair));
    if (half) {
      D.chosen.pair = half.key;
      put(D, half.key, side, at);
      const n = of.pairs.indexOf(half) + 1;
      S.say(T.t(half[side] ? "setup.pair.moved" : "setup.pair.complete", { n }));
      return;
    }
    const pair = { key: S.newKey("pair"), image: null, plan: null, [side]: at };
    D.chosen.pair = pair.key;
    write(D, [...of.pairs, pair]);
    S.say(T.t(side === "image" ? "setup.pair.nowPlan" : "setup.pair.nowPicture", { n: of.pairs.length + 1 }));
  }
  function choose(D, key) {
    D.chosen.pair = key;
    const pair = owner(D).pairs.find((other) => other.key === key);
    if (pair?.image) D.boards.picture.show(pair.image);
    if (pair?.plan) D.boards.plan.show(pair.plan);
    D.redraw(); D.reveal();
  }

  /* The pair that fits worst, where it stands out at all. */
  function worst(D) {
    const of = owner(D), known = (of?.pairs || []).map((pair) => [pair.key, D.errorOf(pair.key)?.m]).filter(([, m]) => m != null);
    const top = known.sort((a, b) => b[1] - a[1])[0];
    return known.length > FEWEST && top[1] > 0.005 ? top[0] : null;
  }
  const unitOf = (side) => (side === "image" ? "px" : "m");
  function placeWords(at, side) { return at ? `${T.decimal(at[0], side === "image" ? 0 : 2)}, ${T.decimal(at[1], side === "image" ? 0 : 2)}` : "–"; }
  function handles(D, side) {
    const of = owner(D), bad = worst(D);
    if (side === "plan" && D.level !== D.row.level) return [];
    return (of?.pairs || []).flatMap((pair, i) => {
      if (!pair[side]) return [];
      const error = D.errorOf(pair.key), n = i + 1;
      const label = T.t(side === "image" ? "setup.pair.inPicture" : "setup.pair.onPlan", { n, at: `${placeWords(pair[side], side)} ${unitOf(side)}` });
      return [{
        key: `${side}:${pair.key}`, at: pair[side], text: String(n), label: error?.m != null ? `${label}, ${T.t("setup.pair.error", { error: P.metres(error.m) })}` : label,
        cls: `pair ${pair.key === D.chosen.pair ? "chosen" : ""} ${pair.key === bad ? "worst" : ""} ${error?.m > FAR_M ? "far" : ""} ${S.isWhole(pair) ? "" : "half"}`, pressed: pair.key === D.chosen.pair,
        d: pair.key === bad ? "M0-12 12 0 0 12-12 0Z" : null,
        onMove: (at, mergeKey) => { D.chosen.pair = pair.key; put(D, pair.key, side, at, `${mergeKey} ${pair.key}`); },
        onChoose: () => choose(D, pair.key), onRemove: () => remove(D, pair.key),
      }];
    });
  }

  // --- panel
  function numbers(D, pair) {
    const input = (side, axis) => P.field(`pair.${side}`, `${T.t(`setup.pair.${side}`)} ${axis ? "y" : "x"}`, {
      id: `${pair.key} ${axis}`, type: "number", step: side === "image" ? 1 : 0.1, value: pair[side] ? pair[side][axis] : "", unit: unitOf(side),
    });
    return make("div", { class: "numbers" }, SIDES.flatMap((side) => [input(side, 0), input(side, 1)]));
  }
  function row(D, pair, i, bad) {
    const error = D.errorOf(pair.key), isChosen = pair.key === D.chosen.pair, n = i + 1;
    const own = D.problems.filter((p) => p.pairKey === pair.key);
    const words = S.isWhole(pair) ? `${placeWords(pair.image, "image")} → ${placeWords(pair.plan, "plan")}` : T.t(pair.image ? "setup.pair.needsPlan" : "setup.pair.needsPicture");
    return make("li", { "data-key": pair.key, class: `pair-row ${isChosen ? "chosen" : ""} ${pair.key === bad ? "worst" : ""} ${error?.m > FAR_M ? "far" : ""}` },
      make("div", { class: "line" },
        make("button", { type: "button", class: "pick", "data-act": "pair.choose", "data-id": pair.key, "aria-pressed": String(isChosen), "aria-label": T.t("setup.pair.name", { n }) },
          make("b", { class: "num" }, String(n)), make("span", { class: S.isWhole(pair) ? "where" : "where half" }, words),
          make("span", { class: "err" }, error?.m != null ? P.metres(error.m) : "", pair.key === bad ? make("small", {}, T.t("setup.pair.worst")) : null)),
        P.button("pair.remove", "", { id: pair.key, symbol: "close", label: T.t("setup.pair.remove", { n }) })),
      isChosen ? numbers(D, pair) : null,
      isChosen && error?.px != null ? make("p", { class: "soft" }, T.t("setup.pair.errorPx", { px: P.pixels(error.px) })) : null,
      P.problems(own));
  }
  function summary(D) {
    const n = (owner(D)?.pairs || []).filter(S.isWhole).length, { fit } = D;
    if (n < FEWEST) return make("p", { class: "fitline" }, make("b", {}, T.t("setup.fit.few", { n, need: FEWEST })));
    const figure = (key, value) => make("div", {}, make("div", { class: "l" }, T.t(key)), make("div", { class: "v" }, fit ? T.decimal(value, 2) : "–", make("small", {}, "\u00a0m")));
    return [make("div", { class: `met two ${D.isTrying ? "old" : ""}` }, figure("setup.fit.rms", fit?.rms_m), figure("setup.fit.worst", fit?.worst_m)),
      make("p", { class: "soft" }, T.t(n === FEWEST ? "setup.fit.exact" : "setup.fit.note", { n }))];
  }
  function list(D) {
    const of = owner(D), bad = worst(D);
    return [...[summary(D)].flat(), of.pairs.length ? make("ol", { class: "pairs", "data-key": "pairs" }, of.pairs.map((pair, i) => row(D, pair, i, bad))) : P.empty("setup.pair.none"),
      make("div", { class: "row" }, P.button("pair.add", T.t("setup.pair.add"), { symbol: "plus", disabled: of.pairs.some((pair) => !S.isWhole(pair)) }))];
  }
  /* What people read; the id stays for ever. */
  function names(D) {
    const name = (part, key) => P.field("camera.name", T.t(key), { id: part, value: D.camera[part] });
    return make("details", { class: "group", "data-key": "names" }, make("summary", {}, T.t("setup.camera.names", { id: D.cameraId })), make("div", { class: "numbers" }, name("label", "setup.zone.label"), name("label_ja", "setup.zone.labelJa")));
  }
  const acts = {
    "camera.name": (D, part, node) => D.draft.changeCamera(D.cameraId, { [part]: node.value.trim() }),
    "pair.choose": (D, key) => choose(D, key),
    "pair.remove": (D, key) => remove(D, key),
    /* In the middle of what is seen, to be moved or typed over: nobody needs a mouse. */
    "pair.add"(D) {
      const { picture, plan } = D.boards, pair = { key: S.newKey("pair"), image: picture.view && picture._middle(), plan: plan.view && plan._middle() };
      D.chosen.pair = pair.key;
      write(D, [...owner(D).pairs, pair]);
    },
    "pair.image": (D, id, node) => typed(D, "image", id, node),
    "pair.plan": (D, id, node) => typed(D, "plan", id, node),
  };
  function typed(D, side, id, node) {
    const [key, axis] = id.split(" "), pair = owner(D)?.pairs.find((other) => other.key === key), value = P.numberOf(node);
    if (!pair || value == null) { if (pair) node.value = pair[side] ? pair[side][axis] : ""; return; }
    const at = [...(pair[side] || [0, 0])];
    at[axis] = value;
    put(D, key, side, at);
  }

  S.pairs = { owner, handles, list, acts };
  S.steps = { points: {
    panel: (D) => [P.title(T.t("setup.step.points"), D.camera.pairs.length), P.help("setup.help.points"), P.problems(D.problemsAt("camera")),
      D.camera.planes.length ? make("p", { class: "soft" }, T.t("setup.points.planes", { n: D.camera.planes.length })) : null, list(D), names(D)],
    picture: (D) => ({ handles: handles(D, "image") }), plan: (D) => ({ handles: handles(D, "plan") }),
    clickPicture: (D, at) => add(D, "image", at), clickPlan: (D, at) => add(D, "plan", at), acts,
  } };
  S.pairs.add = add;
})(window);
