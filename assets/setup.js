/* The setup page: one camera at a time, its picture and the plan side by side, a step at a time; everything is a draft until it is saved. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make, put, byId } = root.MallFrame, P = S.panel;
  const TRY_AFTER_MS = 300, AGAIN_MS = 3000, STEPS = ["points", "planes", "masks", "zones", "counts"];
  S.say = (words) => { const node = byId("said"); node.textContent = ""; requestAnimationFrame(() => { node.textContent = words; }); };

  // --- what the steps look at and change
  const D = {
    draft: null, cameraId: null, step: "points", level: "", chosen: {}, drawing: null, boards: {}, still: null, session: null,
    tried: null, planeTried: null, tryRefusal: null, isTrying: false, problems: [], redraw: () => soon(), retry: () => tryOut(),
    get site() { return this.draft.site; },
    get row() { return this.site.cameras.find((row) => row.id === this.cameraId); },
    get camera() { return this.draft.camera(this.cameraId); },
    /* Of the still before that of the site: points are placed on what is seen. */
    get size() { return sizes[this.cameraId] || this.row.size; },
    /* There is a map, and no word of who stands where: that is not "nobody". */
    get missesPeople() { return this.looksForPeople && !!this.tried?.fit && this.tried.people === null; },
    get looksForPeople() { return this.step === "points" || this.step === "planes"; },
    /* The chosen row, where the panel scrolls by itself; on a phone the sheet would go out of sight. */
    reveal() { soon(); requestAnimationFrame(() => requestAnimationFrame(() => { if (root.innerWidth > 720) byId("panel").querySelector(".chosen")?.scrollIntoView({ block: "nearest" }); })); },
    get ofPlane() { return this.step === "planes" && this.planeTried?.key === this.chosen.plane ? this.planeTried : null; },
    get pictureTried() { return this.ofPlane || this.tried; },
    get fit() { return this.result?.fit || null; },
    get result() { return this.step === "planes" ? this.ofPlane : this.tried; },
    errorOf(key) { const i = this.result?.keys.indexOf(key); return i >= 0 && this.fit ? { m: this.fit.errors_m[i], px: this.fit.errors_px[i] } : null; },
    landingOf(key) { const i = this.result?.keys.indexOf(key); return i >= 0 ? this.result.plan.pairs[i] : null; },
    /* Problems that stand beside nothing in particular on a step's panel. */
    problemsAt(place) {
      const ofStep = { camera: "points", planes: "planes", masks: "masks", plan: "zones" }[place], here = this.problems.filter((p) => stepOf(p) === ofStep);
      if (place === "plan") { const shown = new Set(S.scene.onLevel(this).map((row) => S.idOf(row.feature))); return here.filter((p) => !shown.has(p.where.feature)); }
      return here.filter((p) => p.pairKey == null && p.where.plane == null && p.where.mask == null);
    },
    sizes: () => Object.fromEntries(D.site.cameras.filter((row) => !row.size && sizes[row.id]).map((row) => [row.id, sizes[row.id]])),
    refused(problems) { if (problems.length) { D.problems = withKeys(problems); soon(); } },
    reloaded() { if (!D.site.cameras.some((row) => row.id === D.cameraId)) useCamera(D.site.cameras[0]?.id); fillChoices(); soon(); tryOut(); },
  };
  const sizes = {}; // camera -> [w, h] of its last still
  let saving = null;
  function stepOf({ where }) {
    if (where.feature) return "zones";
    if (where.mask != null) return "masks";
    return where.plane != null || (where.pair == null && D.camera.planes.length) ? "planes" : "points";
  }

  // --- trying the draft: after a pause, the latest wins
  let timer = 0, running = null, sent = "";
  const wholeKeys = (pairs) => pairs.filter(S.isWhole).map((pair) => pair.key);
  function withKeys(problems) {
    return problems.filter((p) => !p.where.camera || p.where.camera === D.cameraId).map((p) => {
      const pairs = p.where.plane == null ? D.camera.pairs : D.camera.planes[p.where.plane]?.pairs || [];
      return { ...p, pairKey: p.where.pair == null ? null : wholeKeys(pairs)[p.where.pair] ?? null };
    });
  }
  function tryOut() {
    clearTimeout(timer);
    if (!D.draft || !D.row || !D.size) { D.isTrying = false; return; }
    D.isTrying = true; soon();
    timer = setTimeout(() => ask(false), TRY_AFTER_MS);
  }
  function bodies() {
    const { calibration, planes, masks } = D.draft.formsOf(D.cameraId), base = { camera: D.cameraId, size: D.size, plan: D.draft.planChanged ? D.draft.planForm() : null };
    const plane = D.step === "planes" && D.camera.planes.find((one) => one.key === D.chosen.plane);
    const lens = plane && (plane.lens.camera_matrix ? plane.lens : D.camera.lens);
    return [{ ...base, calibration, planes, masks }, plane && wholeKeys(plane.pairs).length ? { ...base, calibration: S.formOf(plane.pairs, lens), planes: [], masks: [] } : null];
  }
  async function ask(isQuiet) {
    running?.abort();
    const mine = (running = new AbortController()), keys = wholeKeys(D.camera.pairs), [whole, plane] = bodies(), planeKey = D.chosen.plane;
    const planeKeys = plane ? wholeKeys(D.camera.planes.find((one) => one.key === planeKey).pairs) : [];
    sent = JSON.stringify(whole);
    try {
      const [tried, planeTried] = await Promise.all([S.api.tryOut(whole, mine.signal), plane && S.api.tryOut(plane, mine.signal)]);
      if (mine !== running) return;
      D.tried = { ...tried, keys }; D.planeTried = planeTried ? { ...planeTried, keys: planeKeys, key: planeKey } : null;
      D.problems = withKeys(tried.problems); D.tryRefusal = null;
    } catch (error) {
      if (mine !== running || mine.signal.aborted) return;
      if (!(error instanceof S.api.Refusal)) throw error;
      D.tryRefusal = error;
      if (D.tried) D.tried = { ...D.tried, people: null }; // positions of a while ago are nobody's now
      if (!isQuiet && (error.status === 0 || error.status === 503)) timer = setTimeout(() => ask(false), AGAIN_MS);
    }
    running = null; D.isTrying = false; soon();
  }
  /* People move: what stands is placed again while somebody looks. */
  setInterval(() => {
    const isIdle = D.draft && !running && !D.isTrying && !document.hidden && !byId("desk").hidden && !byId("session-dialog").open;
    if (isIdle && D.size && D.tried && D.looksForPeople) ask(true);
  }, AGAIN_MS);
  document.addEventListener("visibilitychange", () => { if (document.hidden && D.tried) { D.tried = { ...D.tried, people: null }; soon(); } });

  // --- drawing, once a frame
  let due = 0;
  function soon() { if (!due) due = requestAnimationFrame(() => { due = 0; draw(); }); }
  function draw() {
    if (!D.draft || !D.row) return;
    S.scene.draw(D);
    const notes = [D.size ? null : make("p", { class: "note" }, T.t("setup.noSize")), D.tryRefusal ? make("p", { class: "refused", role: "alert" }, D.tryRefusal.words) : null];
    P.render(byId("panel"), [notes, S.steps[D.step].panel(D)]);
    byId("trying").hidden = !D.isTrying;
    drawSteps(); drawLevels(); saving.draw();
    for (const side of ["picture", "plan"]) {
      const isDrawing = D.drawing?.side === side, words = side === "picture" ? D.still.words() : null, box = byId(`${side}-note`);
      box.classList.toggle("drawing-bar", isDrawing);
      P.render(box, isDrawing ? S.shapes.bar(D) : words || [make("span", {}, T.t(side === "plan" && D.missesPeople ? "setup.note.noPeople" : `setup.note.${side}.${D.step}`))]);
    }
    byId("picture-empty").hidden = D.still.isShown || !S.scene.isBare(D.camera) || !!D.drawing;
  }
  function drawSteps() {
    for (const node of byId("steps").children) {
      const name = node.dataset.step, isOn = name === D.step, n = D.problems.filter((p) => p.severity === "error" && stepOf(p) === name).length, badge = node.querySelector(".errs");
      node.classList.toggle("on", isOn); node.setAttribute("aria-selected", String(isOn)); node.tabIndex = isOn ? 0 : -1;
      badge.hidden = !n; put(badge, n ? String(n) : ""); node.setAttribute("aria-label", n ? T.t("setup.step.errors", { name: T.t(`setup.step.${name}`), n }) : T.t(`setup.step.${name}`));
    }
  }
  function drawLevels() {
    const levels = D.site.levels;
    byId("plan-levels").hidden = levels.length < 2;
    P.render(byId("plan-levels"), [...levels].reverse().map((level) => make("button", { type: "button", class: level.id === D.level ? "on" : "", "data-act": "level", "data-id": level.id, "aria-pressed": String(level.id === D.level) }, level.label)));
  }
  function fillChoices() {
    const name = (row) => (T.language === "ja" && row.label_ja) || row.label;
    P.render(byId("camera"), D.site.cameras.map((row) => make("option", { value: row.id, selected: row.id === D.cameraId }, `${name(row)} · ${D.site.levels.find((level) => level.id === row.level)?.label || row.level}`)));
    byId("camera").value = D.cameraId;
    byId("whys").replaceChildren(...STEPS.filter((step) => step !== "zones").map((step) => make("option", { value: T.t(`setup.why.${step}`) })));
    for (const board of Object.values(D.boards)) board.rename();
  }

  // --- going from one thing to another
  function useStep(name) {
    D.step = name; D.drawing = null; D.problems = D.problems.slice();
    byId("panel").scrollTop = 0; byId(`step-${name}`).scrollIntoView({ block: "nearest", inline: "nearest" });
    byId("panel").setAttribute("aria-labelledby", `step-${name}`);
    S.steps[name].enter?.(D);
    soon(); tryOut();
  }
  function useCamera(id) {
    D.cameraId = id; D.chosen = {}; D.drawing = null; D.tried = D.planeTried = D.tryRefusal = null; D.problems = [];
    if (!D.row) return;
    D.level = D.row.level; D.still.forget();
    S.steps[D.step].enter?.(D);
    for (const board of Object.values(D.boards)) board.rename();
    soon(); tryOut();
  }
  function back(isRedo) {
    if (D.drawing && !isRedo) { if (D.drawing.points.length) S.shapes.acts["draw.back"](D); else S.shapes.cancel(D); return; }
    if (isRedo ? D.draft.redo() : D.draft.undo()) S.say(T.t(isRedo ? "setup.redone" : "setup.stepBack"));
  }
  function press(side, at) {
    if (D.drawing) { if (D.drawing.side === side) S.shapes.click(D, at); return; }
    S.steps[D.step][side === "picture" ? "clickPicture" : "clickPlan"]?.(D, at);
  }
  function board(side, up, step, digits) {
    return new S.Board(byId(side), {
      up, step, digits, onClick: (at) => press(side, at), onKey: (event) => S.shapes.key(D, event), onLook: () => soon(),
      name: () => T.t(`setup.board.${side}`, { name: side === "picture" ? (D.row ? T.label({ ...D.row, labels: { ja: D.row.label_ja } }) : "") : D.level }),
    });
  }

  // --- opening
  function show(name) { for (const id of ["gate", "closed", "failed", "desk"]) byId(id).hidden = id !== name; byId("setup-side").hidden = name !== "desk"; }
  async function open() {
    try {
      const site = await S.api.site();
      if (D.draft) renew(site); else begin(site);
    } catch (error) {
      if (!(error instanceof S.api.Refusal)) throw error;
      if (error.status === 401) return; // the door asks
      if (D.draft) { saving.refusal = error; soon(); return; }
      show(error.status === 404 ? "closed" : "failed");
      put(byId("failed-words"), error.words);
    }
  }
  function begin(site) {
    if (!site.cameras.length) { show("failed"); put(byId("failed-words"), T.t("setup.noCamera")); return; }
    if (!D.session.until) D.session.begin(D.session.who || T.t("setup.nobody"), false);
    D.draft = S.openDraft(site);
    D.draft.onChange(() => { saving.done = ""; saving.refusal = null; if (JSON.stringify(bodies()[0]) !== sent) tryOut(); soon(); });
    show("desk");
    useCamera(site.cameras.some((row) => row.id === D.cameraId) ? D.cameraId : site.cameras[0].id);
    fillChoices(); useStep(D.step); D.session.draw();
  }
  /* The session was opened again: the draft stays, on what the site is by now. */
  function renew(site) {
    if (site.version !== D.site.version) D.draft.refresh(site);
    show("desk"); D.reloaded(); S.steps[D.step].enter?.(D);
  }

  D.boards = { picture: board("picture", -1, 1, 1), plan: board("plan", 1, 0.1, 3) };
  D.snapPoints = (own) => S.scene.onLevel(D).filter((row) => row.key !== own).flatMap((row) => S.scene.shapeOf(row).rings.flat());
  D.still = new S.Still(D.boards.picture, { camera: () => D.cameraId, took: (note) => { sizes[note.camera] = note.size; fillChoices(); soon(); tryOut(); }, gone: () => soon() });
  D.session = new S.Session({ opened: open });
  saving = new S.Saving(D);
  S.api.heard = (refusal) => { byId("lost").hidden = !refusal; put(byId("lost"), refusal ? refusal.words : ""); };
  const tell = (name, id, node) => S.steps[D.step].acts[name]?.(D, id, node);
  P.listen(byId("panel"), tell);
  for (const side of ["picture", "plan"]) P.listen(byId(`${side}-note`), (name) => { if (D.drawing) S.shapes.acts[name]?.(D); });
  P.listen(byId("plan-levels"), (_name, id) => { D.level = id; D.drawing = null; soon(); });
  byId("camera").addEventListener("change", (event) => useCamera(event.target.value));
  byId("undo-edit").addEventListener("click", () => back(false));
  byId("redo-edit").addEventListener("click", () => back(true));
  byId("failed-again").addEventListener("click", open);
  byId("steps").addEventListener("click", (event) => { const node = event.target.closest("[data-step]"); if (node) useStep(node.dataset.step); });
  byId("steps").addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    useStep(STEPS[(STEPS.indexOf(D.step) + move + STEPS.length) % STEPS.length]);
    byId(`step-${D.step}`).focus(); event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (!D.draft || !(event.ctrlKey || event.metaKey) || event.target.matches?.("input, textarea, select") || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    back(key === "y" || event.shiftKey); event.preventDefault();
  });
  T.onChange(() => { if (D.draft) { fillChoices(); soon(); } });
  open();
})(window);
