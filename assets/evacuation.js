/* Exit times in header and strip, the fire alarm's bar, and the evacuation view: ways out, people last known. */
(function (root) {
  "use strict";
  const T = root.MallText, F = root.MallFrame, { make, icon, put, byId } = F, W = root.MallWayWords;
  const facts = T.page, site = facts.site, ASK_EVERY_MS = 3000, ASK_MS = 5000, GONE_S = 20;
  let live = null, answer = null, stepFree = false, on = false, left = null, asked = 0, timer = 0;
  const zoneOf = (id) => site.zones.find((z) => z.id === id);
  const levelName = (id) => (site.levels.find((l) => l.id === id) || {}).label || id;
  const exitName = (exit) => { const zone = zoneOf(exit.zone); return zone ? T.label(zone) : W.nameOf(exit.id); };

  // --- exit times
  const lost = () => live.stream.lost;
  function worst(view) { const told = view.egress; return told && told.places.find((p) => p.place === told.worst); }
  const minutesOf = (place) => (place.state === "one_exit" ? place.open_min : place.minutes);
  const openUp = (place) => (place.state === "ok" && place.range && place.range[1] == null ? "≥ " : "");
  function title(place) {
    const blocked = place.exits.find((e) => e.is_blocked), where = place.place === "site" || site.levels.length < 2 ? "" : ` ${levelName(place.place)}`;
    const name = blocked ? exitName(blocked) : "";
    if (place.state === "one_exit") return T.t("egress.oneExit", { where, name });
    return blocked ? T.t("egress.closed", { where, name }) : T.t("egress.title", { where });
  }
  function value(place) {
    const minutes = minutesOf(place);
    if (place.state === "no_usable_exit") return T.t("egress.none");
    return minutes == null ? "–" : `${openUp(place)}${T.decimal(minutes, 1)}`;
  }
  function kpi(view) {
    const box = byId("kpi-exit"), place = worst(view), told = view.egress;
    if (!box) return;
    box.hidden = !!told && !place;
    if (!place) { put(box.querySelector("b"), told ? "–" : "…"); return; }
    const stale = place.is_stale || lost(), over = place.is_over;
    box.classList.toggle("stale", stale); box.classList.toggle("over", over);
    put(box.querySelector(".l"), title(place).trim());
    put(box.querySelector("b"), value(place));
    const unit = minutesOf(place) == null || place.state === "no_usable_exit" ? "" : `${T.t("unit.min")} `;
    const limit = place.state === "unknown" ? T.t("egress.unknown", { percent: Math.round(100 * place.coverage) }) : T.t(over ? "egress.over" : "egress.limit", { limit: T.decimal(told.limit_min, 1) });
    put(box.querySelector("small"), `${unit}${limit}`);
    box.title = T.t("egress.how", { source: told.source });
  }
  /* The bars below the plan: exits of the level that is shown, the limit as a mark. */
  function strip(view) {
    const box = byId("strip-exits"), head = byId("strip-exits-title");
    if (!box) return;
    const told = view.egress, place = told?.places.find((p) => p.place === live.plan.level), key = JSON.stringify([T.language, live.plan.level, lost(), place && { ...place, age_s: 0 }, told?.limit_min]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    if (!place || place.state === "no_exit") { put(head, T.t("egress.title", { where: ` ${levelName(live.plan.level)}` })); put(byId("strip-exits-note"), ""); box.replaceChildren(make("p", { class: "sub" }, T.t(place ? "egress.noExit" : "ways.wait"))); return; }
    put(head, T.t("egress.title", { where: site.levels.length < 2 ? "" : ` ${levelName(place.place)}` }));
    put(byId("strip-exits-note"), T.t(place.exits.some((e) => e.is_blocked) ? "egress.note" : "egress.noteLimit", { limit: T.decimal(told.limit_min, 1) }));
    const top = Math.max(1.25 * told.limit_min, ...place.exits.map((e) => e.minutes || 0));
    const rows = place.exits.slice(0, 4).flatMap((exit) => {
      const name = make("span", { class: "nm", title: exitName(exit) }, exitName(exit));
      const words = !exit.is_usable ? T.t("egress.shut") : exit.is_blocked ? T.t("egress.assumed") : exit.minutes == null ? T.t("egress.unknownShort") : "";
      if (words) return [name, make("span", { class: `say${exit.is_usable ? "" : " shut"}` }, exit.is_usable ? "" : "✕ ", words)];
      const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("i", { style: `width:${(100 * exit.minutes) / top}%` }), make("u", { style: `left:${(100 * told.limit_min) / top}%` }));
      return [name, bar, make("b", { class: `${exit.minutes > told.limit_min ? "over" : ""}${place.is_stale || lost() ? " stale" : ""}` }, `${place.range?.[1] == null ? "≥ " : ""}${T.decimal(exit.minutes, 1)} ${T.t("unit.min")}`)];
    });
    box.replaceChildren(...rows);
  }

  // --- the fire alarm
  function bar(view) {
    const box = byId("alarm"), alarm = view.plan?.alarm;
    if (!box) return;
    const is = alarm?.is_on ? "on" : alarm && !alarm.is_known ? "silent" : "";
    document.body.classList.toggle("has-alarm", !!is || on);
    const key = JSON.stringify([T.language, is, alarm, on, lost()]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    box.hidden = !is && !on;
    const names = (ids) => (ids || []).map((id) => T.label({ id, ...(view.plan.contacts[id] || {}) })).join(T.language === "ja" ? "、" : ", ");
    const words = is === "on" ? T.t("alarm.on", { time: T.clock(alarm.since), names: names(alarm.contacts) }) : is === "silent" ? T.t("alarm.silent", { names: names(alarm.silent) }) : T.t("alarm.view");
    box.className = `alarm ${is || "calm"}`;
    const toggle = facts.wall ? "" : !byId("evacuation") ? make("a", { class: "btn", href: "/?view=evacuation" }, T.t("evac.enter")) : make("button", { type: "button", class: "btn", id: "evacuation-toggle", onclick: () => (on ? leave() : enter()) }, T.t(on ? "evac.leave" : "evac.enter"));
    const quiet = is === "on" ? make("span", { class: "q" }, T.t("alarm.quiet")) : "";
    box.replaceChildren(is === "on" ? F.severity("clear", 20) : is === "silent" ? F.severity("warn", 18) : icon("exit", 18), make("b", {}, words), quiet, is !== "silent" ? toggle : "");
    if (is !== "on") left = null;
    else if (!on && left !== alarm.since && byId("evacuation")) enter();
  }

  // --- the evacuation view
  function enter() { on = true; left = null; address("evacuation"); document.body.classList.add("evacuating"); byId("evacuation").hidden = false; ask(); clearInterval(timer); timer = setInterval(() => { if (!document.hidden) ask(); }, ASK_EVERY_MS); live.redraw(); requestAnimationFrame(() => live.plan.fit()); }
  function leave() {
    on = false; left = live.state.plan?.alarm?.since || null; answer = null;
    clearInterval(timer); address(null);
    document.body.classList.remove("evacuating"); byId("evacuation").hidden = true;
    live.plan.ways.evacuation = null; live.plan.ways.key = ""; live.plan.ways.draw();
    live.redraw(); requestAnimationFrame(() => live.plan.fit());
  }
  function address(view) { const url = new URL(location.href); if (view) url.searchParams.set("view", view); else url.searchParams.delete("view"); history.replaceState(null, "", url); }
  async function ask() {
    const mine = ++asked;
    try {
      const got = await fetch(`/api/v1/evacuation?step_free=${stepFree}`, { signal: AbortSignal.timeout(ASK_MS) });
      if (mine !== asked || !on) return;
      if (got.ok) answer = await got.json();
    } catch (error) { /* it grows old, and says so */ }
    panel();
  }
  function panel() {
    const box = byId("evacuation-body");
    if (!on || !box) return;
    const old = !answer || F.now() - answer.at > GONE_S;
    const ways = live.plan.ways;
    ways.evacuation = answer && { ...answer, key: `${stepFree}${old}` };
    ways.draw();
    for (const button of document.querySelectorAll("[data-stepfree]")) { const pressed = (button.dataset.stepfree === "1") === stepFree; button.classList.toggle("on", pressed); button.setAttribute("aria-pressed", String(pressed)); }
    if (!answer) { box.replaceChildren(make("p", { class: "sub" }, T.t("ways.wait"))); return; }
    const key = JSON.stringify([T.language, answer.at, stepFree, old]);
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    const held = box.scrollTop, zones = answer.zones.map((row) => ({ ...row, spec: zoneOf(row.zone) })).filter((row) => row.spec && (row.people != null || !["staff", "restroom", "lift"].includes(row.spec.category)));
    const known = zones.filter((row) => row.people != null), total = known.reduce((sum, row) => sum + row.people, 0);
    const rank = (row) => [row.people == null ? 1 : row.way || !row.people ? 2 : 0, -(row.people || 0)]; // an empty lift leads nobody out, and keeps nobody in
    zones.sort((a, b) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1]);
    const heads = ["zone", "people", "age", "seen"].map((name, i) => make("th", { scope: "col", class: i ? "r" : "" }, T.t(`evac.${name}`)));
    const cells = zones.map((row) => {
      const exit = row.way && answer.exits.find((e) => e.id === row.way.exit);
      const way = row.way ? `${exitName(exit || { id: row.way.exit })} ${T.count(row.way.length_m)} m` : T.t(stepFree ? "evac.noStepFree" : "evac.noWay");
      return make("tr", { class: `${row.people == null ? "off" : row.state === "stale" ? "stale" : ""}${row.way ? "" : " noway"}` },
        make("td", { class: "nm" }, make("div", {}, make("span", { class: "t", title: T.label(row.spec) }, T.label(row.spec)), site.levels.length > 1 ? make("span", { class: "lv" }, levelName(row.level)) : ""),
          make("div", { class: "w", title: way }, icon(row.way ? "route" : "advisory", 14), make("span", { class: "t" }, way))),
        make("td", { class: "r people" }, row.people == null ? T.t("zone.nodata") : T.count(row.people)),
        make("td", { class: "r age" }, row.people == null || row.age_s == null ? "–" : T.age(row.age_s + Math.max(0, F.now() - answer.at))),
        make("td", { class: "r" }, row.people == null ? "–" : `${Math.round(100 * row.coverage)}${"\u00a0"}%`),
      );
    });
    const gap = T.language === "ja" ? "。" : " ", hidden = zones.length - known.length, dead = zones.filter((row) => !row.way && row.people !== 0).length;
    box.replaceChildren(make("p", { class: old ? "sub strong" : "sub" }, old ? T.t("evac.old", { time: T.clock(answer.at) }) : T.t("evac.sum", { n: T.count(total), zones: known.length, all: zones.length }) + (hidden ? gap + T.t("evac.unknown", { n: hidden }) : "")),
      !old && dead ? make("p", { class: "dead" }, icon("advisory", 16), T.t("evac.dead", { n: dead })) : "",
      make("table", { class: "z evac" }, make("thead", {}, make("tr", {}, heads)), make("tbody", {}, cells)));
    box.scrollTop = held;
  }

  function start(found) {
    live = found;
    for (const button of document.querySelectorAll("[data-stepfree]")) button.addEventListener("click", () => { stepFree = button.dataset.stepfree === "1"; ask(); panel(); });
    byId("evacuation-enter")?.addEventListener("click", () => (on ? leave() : enter()));
    T.onChange(() => { for (const id of ["strip-exits", "alarm", "evacuation-body"]) if (byId(id)) byId(id).dataset.key = ""; panel(); });
    if (new URL(location.href).searchParams.get("view") === "evacuation" && byId("evacuation")) enter();
  }
  let plan = "";
  function draw(view) {
    kpi(view); strip(view); bar(view);
    const now = JSON.stringify([view.plan?.version]);
    if (on && now !== plan) ask(); // a closed door leads elsewhere at once
    plan = now;
    const button = byId("evacuation-enter");
    if (button) { button.classList.toggle("on", on); button.setAttribute("aria-pressed", String(on)); }
  }
  (root.MallExtras = root.MallExtras || []).push({ start, draw });
})(window);
