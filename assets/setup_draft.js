/* The draft: the site as it is being changed, with every step back and forth. Exposes MallSetup.openDraft.

   State is never changed in place: {cameras: {id: {label, label_ja, pairs, lens, planes, masks}}, plan: {rest, features}}.
   pairs: [{key, image: [x, y] px | null, plan: [x, y] m | null}], half of one while it is being set; features: [{key, feature}]. */
(function (root) {
  "use strict";
  const S = root.MallSetup, MERGE_MS = 1500, MOST_STEPS = 200;
  const PARTS = ["label", "label_ja", "calibration", "planes", "masks"];
  let next = 0;
  const newKey = (kind) => `${kind}${++next}`;

  // --- from the wire and back
  const lensOf = (form) => ({ camera_matrix: form?.camera_matrix || null, distortion: form?.distortion || null });
  const pairsOf = (form) => (form?.image_points || []).map((image, i) => ({ key: newKey("pair"), image, plan: form.plan_points[i] }));
  const isWhole = (pair) => !!pair.image && !!pair.plan;
  function cameraOf(row) {
    return {
      label: row.label, label_ja: row.label_ja || "", pairs: pairsOf(row.calibration), lens: lensOf(row.calibration),
      planes: row.planes.map((plane) => ({ key: newKey("plane"), region: plane.region, pairs: pairsOf(plane), lens: lensOf(plane) })),
      masks: row.masks.map((ring) => ({ key: newKey("mask"), ring })),
    };
  }
  function formOf(pairs, lens) {
    const whole = pairs.filter(isWhole);
    return { image_points: whole.map((p) => p.image), plan_points: whole.map((p) => p.plan), ...lens };
  }
  /* The parts of a camera as they are sent; null where nothing is calibrated. */
  function formsOf(camera) {
    const calibration = formOf(camera.pairs, camera.lens);
    return {
      label: camera.label, label_ja: camera.label_ja,
      calibration: calibration.image_points.length || camera.lens.camera_matrix ? calibration : null,
      planes: camera.planes.map((plane) => ({ region: plane.region, ...formOf(plane.pairs, plane.lens) })),
      masks: camera.masks.map((mask) => mask.ring),
    };
  }
  function planOf(collection) {
    const { features, ...rest } = collection;
    return { rest, features: features.map((feature) => ({ key: newKey("feature"), feature })) };
  }
  const planForm = (plan) => ({ ...plan.rest, features: plan.features.map((f) => f.feature) });
  const stateOf = (site) => ({ cameras: Object.fromEntries(site.cameras.map((row) => [row.id, cameraOf(row)])), plan: planOf(site.plan) });
  const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

  // --- what a feature of the plan is: the browser's twin of gis/plan_file.py
  const KINDS = ["zone", "line", "opening", "fixture"];
  function kindOf(feature) {
    const props = feature.properties || {};
    for (const key of ["kind", "type", "feature_type", "category"]) if (KINDS.includes(props[key])) return props[key];
    return /Polygon/.test(feature.geometry?.type) ? "zone" : "width_m" in props ? "opening" : "line";
  }
  const idOf = (feature) => String(feature.properties?.id ?? feature.id ?? "");
  const nameOf = ({ feature }, index) => `${kindOf(feature)} ${idOf(feature) || index}`;

  class Draft {
    constructor(site) { this.listeners = []; this.site = site; this.base = this.now = stateOf(site); this.past = []; this.future = []; }
    camera(id) { return this.now.cameras[id]; }
    get plan() { return this.now.plan; }
    onChange(listener) { this.listeners.push(listener); }
    _told() { this.listeners.forEach((listener) => listener()); }

    // --- changing; steps with the same key in quick succession are one step back
    change(turn, mergeKey = null) {
      const after = turn(this.now), at = performance.now();
      if (after === this.now) return;
      const merges = mergeKey && this.lastKey === mergeKey && at - this.lastAt < MERGE_MS;
      if (!merges) { this.past.push(this.now); if (this.past.length > MOST_STEPS) this.past.shift(); }
      this.lastKey = mergeKey; this.lastAt = at; this.future = []; this.now = after;
      this._told();
    }
    changeCamera(id, patch, mergeKey) {
      this.change((state) => ({ ...state, cameras: { ...state.cameras, [id]: { ...state.cameras[id], ...patch } } }), mergeKey);
    }
    changePlan(features, mergeKey) { this.change((state) => ({ ...state, plan: { ...state.plan, features } }), mergeKey); }
    _step(from, to) {
      if (!from.length) return false;
      to.push(this.now); this.now = from.pop(); this.lastKey = null;
      this._told();
      return true;
    }
    undo() { return this._step(this.past, this.future); }
    redo() { return this._step(this.future, this.past); }

    // --- what differs from the site on disk
    formsOf(id) { return formsOf(this.camera(id)); }
    planForm() { return planForm(this.plan); }
    get planChanged() { return this.now.plan !== this.base.plan && !same(planForm(this.now.plan), planForm(this.base.plan)); }
    changedParts(id) {
      if (this.now.cameras[id] === this.base.cameras[id]) return [];
      const before = formsOf(this.base.cameras[id]), after = formsOf(this.now.cameras[id]);
      return PARTS.filter((part) => !same(before[part], after[part]));
    }
    /* [{camera, part, before, after}] and [{feature, kind, how}]: what a person is asked to agree to. */
    changes() {
      const cameras = Object.keys(this.now.cameras).flatMap((id) => {
        const before = formsOf(this.base.cameras[id]), after = formsOf(this.now.cameras[id]);
        return this.changedParts(id).map((part) => ({ camera: id, part, before: before[part], after: after[part] }));
      });
      return [...cameras, ...(this.planChanged ? planChanges(this.base.plan, this.now.plan) : [])];
    }
    get isChanged() { return this.planChanged || Object.keys(this.now.cameras).some((id) => this.changedParts(id).length > 0); }
    get halfPairs() { return Object.values(this.now.cameras).flatMap((c) => [c, ...c.planes]).flatMap((of) => of.pairs).filter((p) => !isWhole(p)).length; }
    saving(sizes) {
      const what = Object.keys(this.now.cameras).map((id) => [id, this.changedParts(id)]).filter(([, parts]) => parts.length).map(([id, parts]) => {
        const forms = this.formsOf(id), size = sizes[id];
        return { camera: id, ...Object.fromEntries(parts.map((part) => [part, forms[part]])), ...(size ? { size } : {}) };
      });
      return { version: this.site.version, what, plan: this.planChanged ? this.planForm() : null };
    }

    // --- the site has another version now
    /* What stood here when it was sent is on disk now; whatever was changed since is a draft on it. */
    saved({ version, undo }, sent) { this.site = { ...this.site, version, undo }; this.base = sent; this.lastKey = null; this._told(); }
    /* Read again: nothing of the draft changes where only the version did, as after a fit of head counts. */
    refresh(site) {
      if (same(this.site.cameras.map((row) => row.id), site.cameras.map((row) => row.id)) && sameState(this.base, stateOf(site))) { this.site = site; this._told(); } else this.rebase(site);
    }
    discard(site) { this.site = site; this.base = this.now = stateOf(site); this.past = []; this.future = []; this._told(); }
    /* Lay the changes made here over a newer site; returns what others changed as well, where this draft now wins. */
    rebase(site) {
      const mine = this.now, old = this.base, theirs = stateOf(site), clashes = [];
      const cameras = Object.fromEntries(Object.entries(theirs.cameras).map(([id, camera]) => {
        if (!mine.cameras[id]) return [id, camera];
        const parts = this.changedParts(id), before = formsOf(old.cameras[id]), after = formsOf(camera), kept = { ...camera };
        for (const part of parts) {
          if (!same(before[part], after[part])) clashes.push({ camera: id, part });
          for (const key of part === "calibration" ? ["pairs", "lens"] : [part]) kept[key] = mine.cameras[id][key];
        }
        return [id, kept];
      }));
      const plan = this.planChanged ? mergePlans(old.plan, mine.plan, theirs.plan, clashes) : theirs.plan;
      this.site = site; this.base = theirs; this.now = { cameras, plan }; this.past = [theirs]; this.future = []; this.lastKey = null;
      this._told();
      return clashes;
    }
  }

  const sameState = (a, b) => same(planForm(a.plan), planForm(b.plan)) && Object.keys(a.cameras).every((id) => same(formsOf(a.cameras[id]), formsOf(b.cameras[id])));
  const byName = (plan) => new Map(plan.features.map((f, i) => [nameOf(f, i), f]));
  function planChanges(before, after) {
    const old = byName(before), now = byName(after), out = [];
    const row = (f, how) => out.push({ feature: idOf(f.feature), kind: kindOf(f.feature), how });
    for (const [name, f] of now) if (!old.has(name)) row(f, "added"); else if (!same(old.get(name).feature, f.feature)) row(f, "changed");
    for (const [name, f] of old) if (!now.has(name)) row(f, "removed");
    return out;
  }
  function mergePlans(old, mine, theirs, clashes) {
    const before = byName(old), wanted = byName(mine), there = byName(theirs), features = [];
    for (const [name, f] of there) {
      const was = before.get(name), own = wanted.get(name);
      const touched = was ? !own || !same(was.feature, own.feature) : !!own;
      if (touched && (!was || !same(was.feature, f.feature))) clashes.push({ feature: idOf(f.feature), kind: kindOf(f.feature) });
      if (!touched) features.push(f); else if (own) features.push(own);
    }
    for (const [name, own] of wanted) {
      if (there.has(name)) continue;
      const was = before.get(name);
      if (was && same(was.feature, own.feature)) continue; // they took it away, and nothing of it was changed here
      if (was) clashes.push({ feature: idOf(own.feature), kind: kindOf(own.feature) });
      features.push(own);
    }
    return { ...theirs, features };
  }

  Object.assign(S, { openDraft: (site) => new Draft(site), newKey, kindOf, idOf, isWhole, formOf });
})(window);
