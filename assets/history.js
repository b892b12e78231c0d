/* The history page: asks for one zone over one span, shows it with its gaps, and exports exactly what is shown. */
(function () {
  "use strict";
  const T = window.MallText, F = window.MallFrame, D = window.MallDays, C = window.MallHistoryChart, { make, put, byId } = F;
  const { zones, levels } = T.page, ANSWER_MS = 20000, AGAIN_MS = 60000, ROWS_SHOWN = 400, MOST_STEPS = 3500;
  const STEP_S = { "1m": 60, "15m": 900, "1h": 3600, "1d": 86400 }, USUAL = { day: "15m", week: "1h", month: "1h", custom: "1d" };
  const asked = { zone: zones[0]?.id, range: "day", from: null, to: null, step: "15m" };
  let told = null, failed = "", asking = 0, again = 0, at = 0;

  // --- the address holds what is asked for
  function read() {
    const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    if (zones.some((z) => z.id === given.zone)) asked.zone = given.zone;
    if (["day", "week", "month", "custom"].includes(given.range)) asked.range = given.range;
    if (STEP_S[given.step]) asked.step = given.step;
    const day = (text) => (/^\d{4}-\d\d-\d\d$/.test(text || "") && !isNaN(Date.parse(text)) ? D.days(text) : null);
    asked.from = day(given.from) ?? asked.from ?? D.dayOf(F.now());
    asked.to = day(given.to) ?? asked.to;
  }
  function span() {
    const other = asked.to ?? asked.from; // two dates are a span whichever was given first
    const [from, after] = asked.range === "custom" ? [Math.min(asked.from, other), Math.max(asked.from, other) + 1] : D.span(asked.range, asked.from);
    return { from, after, since: D.midnight(from), until: D.midnight(after) };
  }
  function go(changes) {
    Object.assign(asked, changes);
    if (changes.range) asked.step = USUAL[changes.range];
    if (asked.range === "custom") { const { from, after } = span(); Object.assign(asked, { from, to: after - 1 }); }
    const { since, until } = span();
    // a step so fine that nothing could be seen is made coarser
    while ((until - since) / STEP_S[asked.step] > MOST_STEPS) asked.step = { "1m": "15m", "15m": "1h", "1h": "1d" }[asked.step];
    const words = new URLSearchParams({ zone: asked.zone, range: asked.range, from: D.text(asked.from), step: asked.step, ...(asked.range === "custom" ? { to: D.text(asked.to ?? asked.from) } : {}) });
    history.replaceState(null, "", `#${words}`);
    told = null; failed = "";
    controls(); draw(); load();
  }

  // --- reading
  const query = () => { const { since, until } = span(); return new URLSearchParams({ zones: asked.zone, since, until, step: asked.step }); };
  async function load() {
    const mine = ++asking, shown = query().toString();
    clearTimeout(again);
    try {
      const answer = await fetch(`/api/v1/history?${shown}`, { signal: AbortSignal.timeout(ANSWER_MS) });
      const body = await answer.json().catch(() => ({}));
      if (mine !== asking) return;
      if (!answer.ok) throw Object.assign(new Error(), { status: answer.status, detail: typeof body.detail === "string" ? body.detail : "" });
      told = normal(body); failed = ""; at = F.now();
    } catch (error) {
      if (mine !== asking) return;
      failed = error.status === 503 ? T.t("failed.store") : error.status ? error.detail || T.t("failed.other", { status: error.status }) : T.t("failed.silent");
    }
    draw();
    const { until } = span();
    if (failed || until > F.now()) again = setTimeout(() => { if (!document.hidden) load(); }, failed ? 5000 : AGAIN_MS);
  }
  function normal(body) {
    const list = Array.isArray(body.rows) ? body.rows : body.zones?.[asked.zone] || [];
    const rows = list.filter((r) => !r.zone || r.zone === asked.zone).map((r) => ({ at: r.at, mean: r.people_mean ?? null, most: r.people_mean == null ? null : r.people_max ?? null, in: r.in ?? r.count_in ?? null, out: r.out ?? r.count_out ?? null, watched: r.watched ?? r.coverage ?? null, origin: r.origin || "recorded" }));
    return { rows: rows.sort((a, b) => a.at - b.at), archive: body.archive || "here", leftOut: body.left_out || [] };
  }

  // --- drawing
  const zone = () => zones.find((z) => z.id === asked.zone);
  function controls() {
    const pick = byId("zone"), key = `${T.language}`;
    if (pick.dataset.key !== key) {
      pick.dataset.key = key;
      pick.replaceChildren(...levels.map((level) => make("optgroup", { label: level.label }, ...zones.filter((z) => z.level === level.id).map((z) => make("option", { value: z.id }, T.label(z))))));
    }
    pick.value = asked.zone; byId("step").value = asked.step;
    for (const option of byId("step").options) { const { since, until } = span(); option.disabled = (until - since) / STEP_S[option.value] > MOST_STEPS || (until - since) < STEP_S[option.value]; }
    for (const button of document.querySelectorAll("[data-range]")) { const on = button.dataset.range === asked.range; button.classList.toggle("on", on); button.setAttribute("aria-pressed", String(on)); }
    const { from, after } = span();
    byId("from").value = D.text(from); byId("to").value = D.text(after - 1); byId("to-box").hidden = asked.range !== "custom";
    byId("from").max = byId("to").max = D.text(D.dayOf(F.now()));
    byId("ahead").disabled = after > D.dayOf(F.now());
    const csv = query(); csv.set("format", "csv");
    byId("export").href = `/api/v1/history?${csv}`;
    byId("export").setAttribute("download", `${asked.zone}_${D.text(from)}_${D.text(after - 1)}_${asked.step}.csv`);
  }
  function figure(key, value, note = "") { const box = byId(`figure-${key}`); put(box.querySelector("b"), value); put(box.querySelector("small"), note); }
  const total = (rows, pick) => { const known = rows.map(pick).filter((v) => v != null); return known.length ? known.reduce((a, b) => a + b, 0) : null; };
  function spanWords() {
    const { from, after } = span(), long = (day) => new Intl.DateTimeFormat(T.language === "ja" ? "ja-JP" : "en-GB", { timeZone: "UTC", weekday: after - from === 1 ? "short" : undefined, day: "numeric", month: "short", year: "numeric" }).format(new Date(day * 86400e3)).replace(/,/g, "");
    return after - from === 1 ? long(from) : T.range(long(from), long(after - 1));
  }
  function draw() {
    const all = told?.rows || [], real = all.filter((r) => r.origin !== "sample"), rows = real.some((r) => r.mean != null || r.in != null) ? real : all; // invented figures join no real ones
    const known = rows.filter((r) => r.mean != null), counted = rows.filter((r) => r.in != null), step = STEP_S[asked.step], { since, until } = span(), now = F.now();
    const best = known.reduce((top, r) => (!top || r.mean > top.mean ? r : top), null), name = T.label(zone());
    byId("main").classList.toggle("failed-read", !!failed);
    const card = byId("chart-card");
    card.setAttribute("aria-busy", String(!told && !failed));
    put(byId("headline"), !zone() ? T.t("hist.noZones") : failed && !told ? T.t("hist.head.failed", { name }) : !told ? `${name}${T.language === "ja" ? "、" : ", "}${spanWords()}` : !known.length && !counted.length ? T.t("hist.head.none", { name, span: spanWords() })
      : best ? T.t("hist.head.best", { name, span: spanWords(), when: C.when(best.at, step), people: T.count(best.mean) }) : T.t("hist.head.counts", { name, span: spanWords(), n: T.count(total(rows, (r) => r.in)) }));
    figures(rows, known, counted, step, Math.max(since, rows === real ? rows[0].at : since), Math.min(until, now));
    origins(all);
    const host = byId("chart"), size = Math.max(280, card.clientWidth - 32);
    if (failed && !told) host.replaceChildren(make("p", { class: "soft bad", role: "alert" }, T.t("hist.failed", { reason: failed })));
    else if (!told) host.replaceChildren(make("p", { class: "soft", role: "status" }, T.t("hist.reading")));
    else if (!known.length && !counted.length) host.replaceChildren(make("p", { class: "soft" }, T.t(since > now ? "hist.future" : "hist.empty")));
    else host.replaceChildren(C.draw(all, { since, until, step, now, width: size, words: twin(known, best, step, name) }));
    keys(!!known.length || !!counted.length, all.some((r) => r.in != null), all.some((r) => r.origin === "sample"));
    table(all, step);
    put(byId("foot"), [failed && told ? T.t("hist.failed", { reason: failed }) : "", at && told ? T.t("hist.readAt", { time: T.clock(at) }) : "", T.t("hist.kept"), told && told.archive !== "here" ? T.t("hist.elsewhere") : "", told?.leftOut.length ? T.t("hist.leftOut", { names: told.leftOut.join(", ") }) : ""].filter(Boolean).join(T.language === "ja" ? "　" : " · "));
    F.put(byId("fresh-age"), told && !failed ? T.clock(at, false) : "");
    F.put(byId("fresh-word"), failed ? T.t("fresh.lost") : told ? T.t("hist.ready") : T.t("fresh.waiting"));
    document.querySelector("#fresh .dotk").className = `dotk ${failed ? "stale" : told ? "" : "off"}`;
  }
  const twin = (known, best, step, name) => (best ? T.t("hist.twin", { name, low: T.count(Math.min(...known.map((r) => r.mean))), high: T.count(best.mean), when: C.when(best.at, step) }) : T.t("hist.inOut"));
  function figures(rows, known, counted, step, since, past) {
    if (!told) { for (const key of ["mean", "peak", "in", "out", "watched"]) figure(key, failed ? "–" : "…"); return; }
    const most = known.reduce((top, r) => (r.most != null && (!top || r.most > top.most) ? r : top), null), due = Math.max(1, Math.round((past - since) / step));
    figure("mean", known.length ? T.decimal(total(known, (r) => r.mean) / known.length, 1) : "–", known.length ? T.t("hist.ofSteps", { some: T.count(known.length), all: T.count(due) }) : T.t("zone.nodata"));
    figure("peak", most ? T.count(most.most) : "–", most ? C.when(most.at, step) : "");
    for (const key of ["in", "out"]) { const sum = total(rows, (r) => r[key]); figure(key, T.count(sum), counted.length && counted.length < due ? T.t("hist.partial", { some: T.count(counted.length), all: T.count(due) }) : sum == null ? T.t(known.length ? "hist.noLine" : "zone.nodata") : ""); }
    const watched = total(rows, (r) => r.watched);
    figure("watched", watched == null ? "–" : `${Math.round(Math.min(100, (100 * watched) / due))}\u00a0%`, T.t("hist.ofTime"));
  }
  function origins(rows) {
    const kinds = [...new Set(rows.map((r) => r.origin))], box = byId("source-tags"), loud = kinds.filter((k) => k === "sample" || k === "simulated");
    box.replaceChildren(...loud.map((k) => make("span", { class: "tag sim" }, T.t(`hist.tag.${k}`))));
    put(byId("origin"), kinds.includes("sample") ? T.t(kinds.length > 1 ? "hist.origin.mixed" : "hist.origin.sample") : kinds.includes("simulated") ? T.t("hist.origin.simulated") : "");
  }
  function keys(on, hasCounts, hasSample) {
    byId("keys").replaceChildren(...(on ? [["mean", "hist.key.mean"], ["most", "hist.key.most"], ...(hasCounts ? [["in", "hist.in"], ["out", "hist.out"]] : []), ["none", "zone.nodata"], ...(hasSample ? [["invented", "hist.sample"]] : [])].flatMap(([css, words]) => [make("span", {}, make("i", { class: css }), T.t(words))]) : []));
  }
  function table(rows, step) {
    const box = byId("rows"), list = rows.slice(-ROWS_SHOWN), n = (v) => (v == null ? "–" : T.count(v));
    box.hidden = !rows.length;
    if (!box.open) return;
    byId("table").replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...["time", "mean", "most", "in", "out", "watched", "origin"].map((k) => make("th", { scope: "col", class: k === "time" || k === "origin" ? null : "r" }, T.t(`hist.col.${k}`))))),
      make("tbody", {}, ...list.map((r) => make("tr", {}, make("td", {}, C.when(r.at, step)), make("td", { class: "r" }, r.mean == null ? "–" : T.decimal(r.mean, 1)), make("td", { class: "r" }, n(r.most)), make("td", { class: "r" }, n(r.in)), make("td", { class: "r" }, n(r.out)), make("td", { class: "r" }, r.watched == null ? "–" : `${Math.round(100 * r.watched)}\u00a0%`), make("td", {}, T.t(`hist.tag.${r.origin}`)))))),
      rows.length > list.length ? make("p", { class: "sub" }, T.t("hist.tableMore", { n: T.count(rows.length - list.length) })) : "");
  }

  // --- what people do
  function walk(by) {
    const { from, after } = span();
    if (asked.range === "month") { const d = new Date(from * 86400e3); go({ from: Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + by, 1) / 86400e3 }); }
    else if (asked.range === "custom") go({ from: from + by * (after - from), to: after - 1 + by * (after - from) });
    else go({ from: from + by * (after - from) });
  }
  byId("ask").addEventListener("submit", (event) => event.preventDefault());
  byId("zone").addEventListener("change", (event) => go({ zone: event.target.value }));
  byId("step").addEventListener("change", (event) => go({ step: event.target.value }));
  for (const button of document.querySelectorAll("[data-range]")) button.addEventListener("click", () => go({ range: button.dataset.range, ...(button.dataset.range === "custom" ? { from: span().from, to: span().after - 1 } : {}) }));
  byId("from").addEventListener("change", (event) => { if (event.target.value) go({ from: D.days(event.target.value) }); });
  byId("to").addEventListener("change", (event) => { if (event.target.value) go({ to: D.days(event.target.value) }); });
  byId("back").addEventListener("click", () => walk(-1)); byId("ahead").addEventListener("click", () => walk(1));
  byId("rows").addEventListener("toggle", draw);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === "ArrowLeft") walk(-1); else if (event.key === "ArrowRight" && !byId("ahead").disabled) walk(1); else return;
    event.preventDefault();
  });
  addEventListener("hashchange", () => { read(); go({}); });
  addEventListener("resize", draw);
  T.onChange(() => { byId("zone").dataset.key = ""; controls(); draw(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
  read();
  if (zone()) go({}); else { byId("ask").hidden = true; draw(); }
})();
