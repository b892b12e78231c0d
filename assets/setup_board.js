/* A sheet to look at and to set points on: the camera's picture (px, y down) or the plan (m, y up). Exposes MallSetup.Board.

   draw({shapes, marks, handles}): shapes [{key, d, cls, title}] are paths in the sheet's own units; marks [{key, at, d, text, cls}] keep
   their size on the screen; handles [{key, at, text, label, cls, onMove(at, gesture), onChoose(), onRemove()}] are focusable and movable. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, make = root.MallPlan.make, F = root.MallFrame;
  const ON_PHONE = root.matchMedia("(max-width: 720px)"), BUTTONS_PX = 48, STILL_PX = 4, FIT_PX = 12, MOST_K = 60, ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

  class Board {
    /* options: {up: 1 | -1 (which way y grows on the screen), step (of an arrow key, own units), digits, name(): string, onClick(at), onKey(event)} */
    constructor(host, options) {
      this.host = host; this.options = options; this.extent = [0, 0, 1, 1]; this.view = null; this.gesture = 0;
      this.keyed = { shapes: new Map(), marks: new Map(), handles: new Map() };
      this.canvas = F.make("canvas", { class: "shot", width: 0, height: 0, hidden: true, "aria-hidden": "true" });
      this.svg = make("svg", { class: "board-svg", role: "application", tabindex: "0" });
      this.world = make("g", { class: "world" }, this.svg);
      this.g = { shapes: this.world, marks: make("g", { class: "marks" }, this.svg), handles: make("g", { class: "handles" }, this.svg) };
      this.crossNode = make("path", { class: "cross", d: "M-14 0H-4M4 0H14M0-14V-4M0 4V14" }, this.svg);
      host.replaceChildren(this.canvas, this.svg, this._buttons());
      this._listen();
      new ResizeObserver(() => this._resize()).observe(host);
    }
    _buttons() {
      const button = (name, label, act) => {
        const node = F.make("button", { type: "button", "data-t-label": label, onclick: act }, F.icon(name, 18));
        return node;
      };
      const box = F.make("div", { class: "zb board-zoom" }, button("plus", "zoom.in", () => this.zoomBy(1.5)), button("minus", "zoom.out", () => this.zoomBy(1 / 1.5)),
        button("fit", "setup.board.fit", () => this.fit()));
      T.apply(box);
      return box;
    }

    // --- view: screen = own units * k + offset
    toScreen([x, y]) { const { k, x: ox, y: oy } = this.view; return [ox + x * k, oy - this.options.up * y * k]; }
    toWorld([x, y]) { const { k, x: ox, y: oy } = this.view; return [(x - ox) / k, (this.options.up * (oy - y)) / k]; }
    round([x, y]) { const f = 10 ** this.options.digits; return [Math.round(x * f) / f, Math.round(y * f) / f]; }
    setExtent(extent) {
      if (this.extent.every((n, i) => n === extent[i])) return;
      this.extent = extent; this.moved = false;
      this.fit();
    }
    fit() { this.moved = false; this.frame(this.extent); }
    frame([x0, y0, x1, y1]) {
      const w = this.host.clientWidth, h = this.host.clientHeight - (ON_PHONE.matches ? BUTTONS_PX : 0); // where fingers zoom, nothing lies below the buttons
      if (!w || !(h > 0) || !(x1 > x0) || !(y1 > y0)) return;
      const k = Math.min((w - 2 * FIT_PX) / (x1 - x0), (h - 2 * FIT_PX) / (y1 - y0));
      if (!this.moved) this.fitK = k;
      this._look({ k, x: w / 2 - (k * (x0 + x1)) / 2, y: h / 2 + (this.options.up * k * (y0 + y1)) / 2 });
    }
    _resize() { if (this.moved && this.view) this._look(this.view); else this.fit(); }
    zoomBy(factor, at = [this.host.clientWidth / 2, this.host.clientHeight / 2]) {
      if (!this.view) return;
      const k = Math.max(this.fitK * 0.5, Math.min(this.fitK * MOST_K, this.view.k * factor)), [x, y] = this.toWorld(at);
      this.moved = true;
      this._look({ k, x: at[0] - x * k, y: at[1] + this.options.up * y * k });
    }
    panBy(dx, dy) { this.moved = true; this._look({ ...this.view, x: this.view.x + dx, y: this.view.y + dy }); }
    /* Bring a place into view, without a change of scale where it is in view already. */
    show(at) {
      if (!this.view) return;
      const [x, y] = this.toScreen(at), w = this.host.clientWidth, h = this.host.clientHeight;
      if (x < 0 || y < 0 || x > w || y > h) this.panBy(w / 2 - x, h / 2 - y);
    }
    _look(view) {
      this.view = view;
      this.svg.setAttribute("viewBox", `0 0 ${this.host.clientWidth} ${this.host.clientHeight}`);
      this.world.setAttribute("transform", `matrix(${view.k} 0 0 ${-this.options.up * view.k} ${view.x} ${view.y})`);
      this.canvas.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.k})`;
      this.canvas.classList.toggle("grains", view.k > 3);
      for (const kind of ["marks", "handles"]) for (const item of this.keyed[kind].values()) this._place(item);
      this._placeCross();
      this.options.onLook?.();
    }
    _place({ node, spec }) { const [x, y] = this.toScreen(spec.at); node.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`); }

    // --- the still
    shoot(bitmap) {
      this.canvas.width = bitmap.width; this.canvas.height = bitmap.height; this.canvas.hidden = false;
      this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
    }
    wipe() { this.canvas.width = this.canvas.height = 0; this.canvas.hidden = true; }

    // --- drawing; nodes stay while their key stays, so that focus stays
    draw({ shapes = [], marks = [], handles = [] }) {
      this._sync("shapes", shapes, (spec) => this._shape(spec), (node, spec) => this._dressShape(node, spec));
      this._sync("marks", marks, (spec) => this._mark(spec), (node, spec) => this._dressMark(node, spec));
      this._sync("handles", handles, (spec) => this._handle(spec), (node, spec) => this._dressHandle(node, spec));
    }
    _sync(kind, specs, build, dress) {
      const kept = this.keyed[kind], next = new Map();
      for (const spec of specs) {
        const item = kept.get(spec.key) || { node: build(spec) };
        item.spec = spec; dress(item.node, spec); next.set(spec.key, item);
        if (kind !== "shapes" && this.view) this._place(item);
      }
      const held = document.activeElement, order = [...next.values()].map((item) => item.node), parent = this.g[kind];
      let lost = false;
      for (const [key, { node }] of kept) if (!next.has(key)) { lost = lost || node === held; node.remove(); }
      order.forEach((node, i) => { if (parent.children[i] !== node) parent.insertBefore(node, parent.children[i] || null); });
      this.keyed[kind] = next;
      if (lost || (held && order.includes(held) && document.activeElement !== held)) (order.includes(held) ? held : this.svg).focus({ preventScroll: true });
    }
    _shape(spec) { const node = make("path"); if (spec.title != null) make("title", {}, node); return node; }
    _dressShape(node, { d, cls, title }) {
      if (node.getAttribute("d") !== d) node.setAttribute("d", d);
      node.setAttribute("class", cls);
      if (title != null) node.firstChild.textContent = title;
    }
    _mark(spec) { const node = make("g"); if (spec.d) make("path", {}, node); if (spec.text != null) make("text", {}, node); return node; }
    _dressMark(node, spec) {
      node.setAttribute("class", `mark ${spec.cls || ""}`);
      if (spec.d) node.querySelector("path").setAttribute("d", spec.d);
      if (spec.text == null) return;
      const text = node.querySelector("text");
      text.textContent = spec.text;
      for (const [name, value] of [["text-anchor", spec.anchor || "middle"], ["dx", spec.dx ?? 0], ["dy", spec.dy ?? "0.35em"]]) text.setAttribute(name, value);
    }
    _handle(spec) {
      const node = make("g", { role: "button", tabindex: "0", "data-key": spec.key });
      make("circle", { class: "reach", r: 14 }, node);
      make("path", { class: "body" }, node);
      make("text", { "text-anchor": "middle", dy: "0.35em", "aria-hidden": "true" }, node);
      return node;
    }
    _dressHandle(node, spec) {
      node.setAttribute("class", `handle ${spec.cls || ""}`);
      node.setAttribute("aria-label", spec.label);
      if (spec.pressed != null) node.setAttribute("aria-pressed", String(spec.pressed));
      node.children[1].setAttribute("d", spec.d || "M0-9A9 9 0 1 1 0 9A9 9 0 1 1 0-9Z");
      if (node.children[2].textContent !== (spec.text || "")) node.children[2].textContent = spec.text || "";
    }
    rename() { this.svg.setAttribute("aria-label", `${this.options.name()}. ${T.t("setup.board.keys")}`); }
    focusHandle(key) { this.keyed.handles.get(key)?.node.focus({ preventScroll: true }); }

    // --- mouse, fingers, wheel
    _at(event) { const box = this.host.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; }
    _listen() {
      const fingers = new Map();
      let travelled = 0, span = 0, held = null;
      this.svg.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        const key = event.target.closest?.(".handle")?.dataset.key;
        fingers.set(event.pointerId, this._at(event)); travelled = 0; span = 0; this.gesture += 1;
        held = key && fingers.size === 1 ? this.keyed.handles.get(key).spec : null;
        this.svg.classList.remove("by-keys");
        this.svg.setPointerCapture(event.pointerId);
      });
      this.svg.addEventListener("pointermove", (event) => {
        const before = fingers.get(event.pointerId);
        if (!before) return;
        const now = this._at(event);
        fingers.set(event.pointerId, now);
        travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
        if (fingers.size === 2) {
          const [a, b] = [...fingers.values()], wide = Math.hypot(a[0] - b[0], a[1] - b[1]);
          if (span) this.zoomBy(wide / span, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
          span = wide; held = null;
        } else if (travelled > STILL_PX) {
          if (held) held.onMove?.(this.round(this.toWorld(now)), `drag${this.gesture}`); else this.panBy(now[0] - before[0], now[1] - before[1]);
        }
      });
      const lift = (event, isDone) => {
        const at = fingers.get(event.pointerId), alone = fingers.size === 1;
        fingers.delete(event.pointerId);
        if (!at || !isDone || !alone || span) return;
        if (held) held.onChoose?.(); else if (travelled <= STILL_PX && this.view) this.options.onClick?.(this.round(this.toWorld(at)), event);
        held = null;
      };
      this.svg.addEventListener("pointerup", (event) => lift(event, true));
      this.svg.addEventListener("pointercancel", (event) => lift(event, false));
      this.svg.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomBy(Math.exp(-event.deltaY * 0.0016), this._at(event)); }, { passive: false });
      this.svg.addEventListener("keydown", (event) => this._key(event));
      this.svg.addEventListener("focus", () => {
        if (!this.cross && this.view) this.cross = this._middle();
        this.svg.classList.toggle("by-keys", this.svg.matches(":focus-visible")); this._placeCross();
      });
      this.svg.addEventListener("blur", () => this.svg.classList.remove("by-keys"));
    }

    // --- keys: a cross where no mouse is; arrows move what is held
    get isByKeys() { return this.svg.classList.contains("by-keys"); }
    _middle() { return this.round(this.toWorld([this.host.clientWidth / 2, this.host.clientHeight / 2])); }
    _placeCross() { if (this.cross && this.view) this._place({ node: this.crossNode, spec: { at: this.cross } }); }
    _moved([x, y], event) {
      const [dx, dy] = ARROWS[event.key], far = this.options.step * (event.shiftKey ? 10 : 1);
      return this.round([x + dx * far, y + this.options.up * dy * far]);
    }
    _key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.target.closest?.(".handle")?.dataset.key, spec = key && this.keyed.handles.get(key).spec;
      if (ARROWS[event.key] && spec?.onMove) {
        spec.at = this._moved(spec.at, event); // at once: the next key may come before the next drawing
        spec.onMove(spec.at, `nudge ${key}`);
      } else if (ARROWS[event.key] && this.view) {
        this.svg.classList.add("by-keys"); this.cross = this._moved(this.cross || this._middle(), event);
        this.show(this.cross); this._placeCross(); this.options.onCross?.(this.cross);
      } else if (event.key === "+" || event.key === "=") this.zoomBy(1.4, this.cross && this.toScreen(this.cross));
      else if (event.key === "-") this.zoomBy(1 / 1.4);
      else if (event.key === "0") this.fit();
      else if ((event.key === "Delete" || event.key === "Backspace") && spec?.onRemove) spec.onRemove();
      else if ((event.key === "Enter" || event.key === " ") && spec) spec.onChoose?.();
      else if (this.options.onKey?.(event)) { /* the step's own key */ }
      else if (event.key === "Enter" && !spec) this.options.onClick?.(this.cross || this._middle(), event);
      else return;
      event.preventDefault();
    }
  }
  S.Board = Board;
})(window);
