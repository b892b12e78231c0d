/* Change a way with two clicks, report an incident with three, take either back for 10 s. Exposes MallWays. */
(function (root) {
  "use strict";
  const T = root.MallText, F = root.MallFrame, { make, icon, severity, byId } = F, W = root.MallWayWords;
  const facts = T.page, UNDO_MS = 10000, ANSWER_MS = 10000, SPANS = [0, 15, 60, 240];
  let live = null, pop = null, opener = null, placing = null, toastTimer = 0;
  const site = facts.site, zoneOf = (id) => site.zones.find((z) => z.id === id);

  // --- one request, and why it was refused in the page's language
  async function send(method, address, body) {
    try {
      const answer = await fetch(address, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS) });
      const told = await answer.json().catch(() => ({}));
      if (answer.ok) return { done: told };
      return { failed: T.why(answer.status, told) };
    } catch (error) { return { failed: T.why(0) }; }
  }
  const who = async () => { const name = await F.askName(); return name ? `console:${name}` : null; };

  // --- what was done, with a way back
  function toast(words, undo, bad = false) {
    clearTimeout(toastTimer);
    const box = byId("ways-toast"), end = performance.now() + UNDO_MS;
    const button = undo && make("button", { type: "button", class: "btn quiet", onclick: () => { close(); undo(); } }, icon("undo", 16), T.t("ways.undo"));
    const close = () => { box.hidden = true; clearTimeout(toastTimer); };
    box.className = `toast${bad ? " bad" : ""}`;
    box.replaceChildren(make("span", {}, words), button || "", make("button", { type: "button", class: "iconbtn", "aria-label": T.t("drawer.close"), onclick: close }, icon("close", 16)));
    box.hidden = false;
    const wait = () => { if (performance.now() < end) toastTimer = setTimeout(wait, 500); else if (box.contains(document.activeElement)) toastTimer = setTimeout(wait, 2000); else close(); };
    wait();
  }

  // --- the popover: beside what was clicked, a sheet from below on phones
  function show(title, nodes, from) {
    hide();
    opener = from;
    pop = make("div", { class: "pop", role: "dialog", "aria-label": title }, make("div", { class: "ph" }, make("h3", {}, title),
      make("button", { type: "button", class: "iconbtn", "aria-label": T.t("drawer.close"), onclick: hide }, icon("close", 16))), nodes);
    document.body.append(pop);
    if (!matchMedia("(max-width: 720px)").matches) {
      const box = from.getBoundingClientRect(), w = pop.offsetWidth, h = pop.offsetHeight;
      const x = Math.max(8, Math.min(innerWidth - w - 8, box.left + box.width / 2 - w / 2)), below = box.bottom + 8;
      const y = below + h < innerHeight - 8 ? below : Math.max(8, box.top - h - 8);
      Object.assign(pop.style, { left: `${x}px`, top: `${y}px` });
    }
    (pop.querySelector("[data-first]") || pop.querySelector(".opts button"))?.focus({ preventScroll: true });
  }
  function hide() {
    if (!pop) return false;
    const held = pop.contains(document.activeElement);
    pop.remove(); pop = null;
    if (held) (opener?.isConnected ? opener : byId("plan").querySelector(".ways [tabindex='0']"))?.focus?.({ preventScroll: true });
    return true;
  }
  const meta = (row) => (row.who ? T.t(row.source === "contact" ? "ways.byContact" : "ways.by", { name: row.who.replace(/^(console|contact):/, ""), time: T.clock(row.since, false) }) : T.t("ways.never"));
  function choices(way) {
    return way.modes.flatMap((mode) => (mode === "one_way" ? way.sides.map((side) => ({ mode, towards: side })) : [{ mode, towards: null }]));
  }
  const choiceWords = (choice, way) => (choice.mode !== "one_way" ? T.t(`ways.${choice.mode}${choice.mode === "open" && way.kind === "escalator" ? ".escalator" : ""}`)
    : T.t("ways.towards", { zone: W.sideName(way, choice.towards) }));
  function open(id, from) {
    const way = W.byId.get(id), row = W.stateOf(live.state, id), name = W.nameOf(id);
    const span = make("select", { id: "way-span" }, SPANS.map((n) => make("option", { value: n }, n ? T.t("ways.for", { n }) : T.t("ways.untilChanged"))));
    const buttons = choices(way).map((choice) => {
      const now = row.mode === choice.mode && (choice.mode !== "one_way" || (row.towards ?? null) === choice.towards);
      return make("button", { type: "button", class: `opt${now ? " on" : ""}`, "aria-pressed": String(now), "data-mode": choice.mode, "data-towards": choice.towards ?? "",
        onclick: () => change(id, choice, { for_min: +span.value || null, before: row }) }, make("span", { class: `osign ${choice.mode}` }), choiceWords(choice, way), now ? icon("check", 16) : "");
    });
    const until = row.until ? make("p", { class: "sub" }, T.t("ways.until", { time: T.clock(row.until, false) })) : "";
    const unsure = row.is_known === false ? make("p", { class: "sub strong" }, T.t("ways.silent")) : "";
    show(name, [make("p", { class: "sub" }, `${W.word(row)} · ${meta(row)}`), until, unsure, make("div", { class: "opts", role: "group" }, buttons), make("label", { class: "span" }, T.t("ways.span"), span)], from);
  }
  async function change(id, choice, { for_min, before }) {
    hide();
    const by = await who();
    if (!by) return;
    const body = { mode: choice.mode, by, version: before.version, ...(choice.mode === "one_way" ? { towards: choice.towards ?? "outside" } : {}), ...(for_min ? { for_min } : {}) };
    const { done, failed } = await send("PUT", `/api/v1/plan-state/${encodeURIComponent(id)}`, body);
    if (failed) { toast(failed, null, true); return; }
    keep(id, done);
    const back = { mode: before.mode, towards: before.towards ?? null };
    toast(T.t("ways.done", { name: W.nameOf(id), state: choiceWords(choice, W.byId.get(id)) }), () => change(id, back, { for_min: before.until ? Math.max(0.1, (before.until - F.now()) / 60) : null, before: done }));
  }
  /* Show it at once; the stream says the same within a second. */
  function keep(id, row) { const told = (live.state.plan = live.state.plan || { items: {}, incidents: [] }); told.items = { ...told.items, [id]: row }; live.redraw(); }

  // --- incidents: a kind, then a place
  function report(from) {
    const note = make("input", { id: "incident-note", maxlength: 120, autocomplete: "off", placeholder: T.t("incident.noteHint") });
    const kinds = Object.entries(facts.incidents).map(([kind, traits]) => make("button", { type: "button", class: "opt", "data-kind": kind, onclick: () => place(kind, note.value) }, severity(traits.severity, 16), T.t(`incident.${kind}`)));
    show(T.t("incident.title"), [make("p", { class: "sub" }, T.t("incident.how")), make("div", { class: "opts two" }, kinds), make("label", { class: "span col" }, T.t("incident.note"), note), make("p", { class: "sub" }, T.t("incident.privacy"))], from);
  }
  function place(kind, note) {
    hide();
    placing = { kind, note };
    document.body.classList.add("placing");
    const box = byId("placing");
    box.replaceChildren(severity(facts.incidents[kind].severity, 18), make("span", {}, T.t("incident.place", { kind: T.t(`incident.${kind}`) })), make("button", { type: "button", class: "btn", onclick: cancel }, T.t("name.cancel")));
    box.hidden = false;
    live.plan.items.values().next().value?.node?.focus?.({ preventScroll: true });
  }
  function cancel() { if (!placing) return false; placing = null; document.body.classList.remove("placing"); byId("placing").hidden = true; return true; }
  async function put(at) {
    const { kind, note } = placing;
    cancel();
    const by = await who();
    if (!by) return;
    const body = { kind, level: live.plan.level, at: at.map((v) => Math.round(v * 100) / 100), by, ...(note && kind !== "lost_child" ? { note } : {}) };
    const { done, failed } = await send("POST", "/api/v1/incidents", body);
    if (failed) { toast(failed, null, true); return; }
    const told = (live.state.plan = live.state.plan || { items: {}, incidents: [] });
    told.incidents = [...(told.incidents || []), done];
    live.redraw();
    toast(T.t("incident.done", { kind: T.t(`incident.${kind}`) }), () => clear(done));
  }
  async function clear(incident) {
    hide();
    const by = await who();
    if (!by) return;
    const { failed } = await send("POST", `/api/v1/incidents/${encodeURIComponent(incident.id)}/clear`, { by });
    if (failed) { toast(failed, null, true); return; }
    live.state.plan.incidents = live.state.plan.incidents.filter((each) => each.id !== incident.id);
    live.redraw();
    toast(T.t("incident.cleared", { kind: T.t(`incident.${incident.kind}`) }));
  }
  function openIncident(incident, from) {
    const zone = zoneOf(incident.zone), where = zone ? T.label(zone) : T.t("ways.outside");
    const facts_ = [where, T.t("ways.by", { name: incident.who.replace(/^console:/, ""), time: T.clock(incident.since, false) })].join(T.language === "ja" ? "・" : " · ");
    show(T.t(`incident.${incident.kind}`), [make("p", { class: "sub" }, facts_), incident.note ? make("p", { class: "note" }, incident.note) : "",
      incident.radius_m ? make("p", { class: "sub" }, T.t("incident.radius", { m: T.decimal(incident.radius_m, 1) })) : "",
      make("button", { type: "button", class: "btn pri", "data-first": "", onclick: () => clear(incident) }, icon("check", 16), T.t("incident.clear"))], from);
  }

  // --- wiring
  function start(found) {
    live = found;
    const host = byId("plan");
    byId("report")?.addEventListener("click", (event) => report(event.currentTarget));
    host.addEventListener("click", (event) => {
      if (!placing) return;
      const box = host.getBoundingClientRect();
      event.stopPropagation(); event.preventDefault();
      put(live.plan.toWorld([event.clientX - box.left, event.clientY - box.top]));
    }, true);
    host.addEventListener("keydown", (event) => {
      const zone = event.target.dataset?.zone;
      if (!placing || !zone || (event.key !== "Enter" && event.key !== " ")) return;
      event.stopPropagation(); event.preventDefault();
      put(live.plan.items.get(zone).at);
    }, true);
    addEventListener("pointerdown", (event) => { if (pop && !pop.contains(event.target) && !event.target.closest?.(".ways")) hide(); }, true);
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && (hide() || cancel())) { event.stopPropagation(); event.preventDefault(); }
      if (pop && (event.key === "ArrowDown" || event.key === "ArrowUp") && pop.contains(event.target) && event.target.closest(".opts")) {
        const list = [...pop.querySelectorAll(".opts button")], i = list.indexOf(event.target);
        list[(i + (event.key === "ArrowDown" ? 1 : list.length - 1)) % list.length].focus(); event.preventDefault();
      }
    }, true);
    T.onChange(hide);
  }
  root.MallWays = { open, openIncident, hide, toast };
  (root.MallExtras = root.MallExtras || []).push({ start });
})(window);
