/* The step "head counts": count people on stills by eye; from five on a line is fitted and its accuracy card shown. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make } = root.MallFrame, P = S.panel, NEEDED = 5, KINDS = ["low", "mid", "high"];
  let counts = null, fit = null, of = null, refusal = null, isBusy = false;

  const whole = () => (counts || []).filter((row) => row.zone == null);
  const least = () => Math.max(0, NEEDED - whole().length);
  async function read(D) {
    const camera = D.cameraId;
    if (of !== camera) { of = camera; counts = fit = refusal = null; }
    try {
      const told = await S.api.counts(camera);
      if (of !== camera) return;
      counts = told.counts; fit = told.fit; refusal = null;
    } catch (error) { if (!(error instanceof S.api.Refusal)) throw error; if (of === camera) refusal = error; }
    D.redraw();
  }
  async function act(D, call, words) {
    if (isBusy) return false;
    isBusy = true; refusal = null; D.redraw();
    try { await call(); S.say(words); return true; } catch (error) {
      if (!(error instanceof S.api.Refusal)) throw error;
      refusal = error;
      return false;
    } finally { isBusy = false; if (!refusal) await read(D); else D.redraw(); }
  }

  // --- what has been counted spans a range: thirds of it tell what is missing
  function spread() {
    const people = whole().map((row) => row.people);
    if (!people.length) return { low: 0, mid: 0, high: 0 };
    const low = Math.min(...people), third = (Math.max(...people) - low) / 3, out = { low: 0, mid: 0, high: 0 };
    for (const n of people) out[third === 0 ? "low" : KINDS[Math.min(2, Math.floor((n - low) / third))]] += 1;
    return out;
  }
  function guidance() {
    const found = spread(), missing = KINDS.filter((kind) => !found[kind]);
    const words = least() ? T.t("setup.count.more", { n: least() }) : missing.length ? T.t("setup.count.missing", { kinds: missing.map((k) => T.t(`setup.count.kind.${k}`)).join(T.language === "ja" ? "、" : ", ") }) : T.t("setup.count.enough");
    return make("div", { class: "spread" }, make("ul", {}, KINDS.map((kind) => make("li", { class: found[kind] ? "has" : "" }, make("b", {}, String(found[kind])), make("span", {}, T.t(`setup.count.kind.${kind}`))))),
      make("p", { class: "soft" }, words));
  }

  // --- the form: what the detector counted is told only afterwards, or it would be copied
  function form(D) {
    const note = D.still.countable;
    if (!note) return make("p", { class: "note" }, T.t("setup.count.needsStill"));
    const zones = Object.keys(note.zones), field = (name, words) => P.field("count.typed", words, { id: name, type: "number", min: 0, step: 1 });
    return make("form", { class: "count-form", "data-submit": "count.add", "data-key": `count ${note.id}` }, make("p", { class: "soft" }, T.t("setup.count.of", { time: T.clock(note.at) })),
      make("div", { class: "numbers" }, field("", T.t("setup.count.all"))),
      zones.length ? make("details", { class: "group", "data-key": "by-zone" }, make("summary", {}, T.t("setup.count.byZone")), make("div", { class: "numbers" }, zones.map((zone) => field(zone, zoneName(D, zone))))) : null,
      make("div", { class: "row" }, make("button", { type: "submit", class: "btn", disabled: isBusy }, T.t("setup.count.add"))));
  }
  function zoneName(D, id) { const row = D.draft.plan.features.find((one) => S.kindOf(one.feature) === "zone" && S.idOf(one.feature) === id); return row ? S.scene.labelOf(row) : id; }
  function list(D) {
    if (!counts) return refusal ? null : make("p", { class: "none" }, T.t("setup.loading"));
    if (!counts.length) return P.empty("setup.count.none");
    const head = ["setup.count.when", "setup.count.where", "setup.count.seen", "setup.count.people", null].map((key, i) => make("th", { scope: "col", class: i === 2 || i === 3 ? "r" : null }, key ? T.t(key) : make("span", { class: "sr" }, T.t("setup.count.remove"))));
    return make("table", { class: "counts", "data-key": "counts" }, make("thead", {}, make("tr", {}, head)), make("tbody", {}, counts.map((row) => make("tr", { "data-key": row.id },
      make("td", {}, whenOf(row)), make("td", {}, row.zone == null ? T.t("setup.count.picture") : zoneName(D, row.zone)), make("td", { class: "r" }, String(row.seen)), make("td", { class: "r" }, make("b", {}, String(row.people))),
      make("td", {}, P.button("count.remove", "", { id: row.id, symbol: "close", label: T.t("setup.count.remove") }))))));
  }
  function whenOf(row) { const unix = Date.parse(row.at) / 1000; return Number.isFinite(unix) ? `${T.date(unix).replace(/\u00a0\d{4}$|^\d{4}年/, "")} ${T.clock(unix, false)}` : row.at; }
  const cardOf = (D) => fit?.card || D.row.card;
  function card(D) {
    const it = cardOf(D);
    if (!it) return null;
    const figure = (key, value, unit) => make("div", {}, make("div", { class: "l" }, T.t(key)), make("div", { class: "v" }, value, unit ? make("small", {}, unit) : null));
    return make("section", { class: "blk" }, make("h3", {}, T.t("setup.card.title"), make("span", {}, T.t(fit ? "setup.card.draft" : "setup.card.saved", { n: it.n, date: it.date }))),
      make("div", { class: "met two" }, figure("setup.card.mae", T.decimal(it.mae, 2)), figure("setup.card.within", P.percent(it.within_1)),
        figure("setup.card.bias", `${it.bias > 0 ? "+" : ""}${T.decimal(it.bias, 2)}`), figure("setup.card.range", fit ? T.range(...fit.range) : "–")),
      fit ? make("p", { class: "soft" }, T.t("setup.card.line", { slope: T.decimal(fit.line.slope, 2), offset: `${fit.line.offset < 0 ? "−" : "+"} ${T.decimal(Math.abs(fit.line.offset), 2)}` })) : null,
      fit ? P.problems(fit.problems || []) : null);
  }
  S.steps.counts = {
    enter(D) { read(D); },
    panel: (D) => [P.title(T.t("setup.step.counts"), counts ? whole().length : null), P.help("setup.help.counts"), refusal ? make("p", { class: "refused", role: "alert" }, refusal.words) : null,
      form(D), guidance(), list(D), card(D),
      make("div", { class: "row" }, P.button("count.fit", T.t("setup.count.fit"), { disabled: isBusy || !counts || least() > 0 }),
        counts && least() > 0 ? make("span", { class: "soft" }, T.t("setup.count.fitNeeds", { n: whole().length, need: NEEDED })) : null)],
    picture: () => ({}), plan: () => ({}),
    acts: {
      "count.typed"() { /* read at the end, all at once */ },
      async "count.add"(D, _id, node) {
        const note = D.still.countable, typed = [...node.querySelectorAll("input")].map((input) => [input.dataset.id, P.numberOf(input)]), all = typed.find(([id]) => id === "")?.[1];
        const bad = typed.some(([, n]) => n != null && (n < 0 || !Number.isInteger(n)));
        if (!note || all == null || bad) { S.say(T.t("setup.count.number")); node.querySelector("input").focus(); return; }
        const zones = Object.fromEntries(typed.filter(([id, n]) => id !== "" && n != null));
        const seen = note.people == null ? "–" : note.people;
        if (await act(D, () => S.api.addCount({ camera: note.camera, still: note.id, people: all, zones }), T.t("setup.count.added", { people: all, seen }))) { D.still.forget(); D.redraw(); }
      },
      "count.remove": (D, id) => act(D, () => S.api.dropCount(D.cameraId, id), T.t("setup.count.removed")),
      /* The line belongs to the site: it has another version now, and a save to take back. */
      "count.fit": (D) => act(D, async () => { await S.api.fitCounts(D.cameraId); D.draft.refresh(await S.api.site()); }, T.t("setup.count.fitted")),
    },
  };
})(window);
