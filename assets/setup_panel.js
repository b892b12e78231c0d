/* The panel beside the boards: small builders, and a way to draw it again that keeps focus and what is being typed. Exposes MallSetup.panel.

   Nodes carry data-act (a press) or data-set (a finished value) and data-id; the step in charge is told by name. */
(function (root) {
  "use strict";
  const S = root.MallSetup, T = root.MallText, { make, icon, severity } = root.MallFrame;

  // --- make what stands there like what should stand there
  function alike(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.nodeType !== 1 || (a.dataset.key || "") === (b.dataset.key || ""));
  }
  function dress(node, model) {
    for (const { name } of [...node.attributes]) if (!model.hasAttribute(name) && name !== "open") node.removeAttribute(name);
    for (const { name, value } of model.attributes) if (node.getAttribute(name) !== value && name !== "open") node.setAttribute(name, value);
    if (model.dataset.force != null) node.open = true; // what is folded stays folded, but for what was just chosen
    if (node.nodeName === "INPUT" && node !== document.activeElement) node.value = model.value;
    if (node.nodeName === "INPUT" && node.type === "checkbox") node.checked = model.hasAttribute("checked");
    become(node, [...model.childNodes]);
    if (node.nodeName === "SELECT" && node !== document.activeElement) node.value = model.value;
  }
  function become(host, models) {
    models.forEach((model, i) => {
      let node = host.childNodes[i];
      if (model.nodeType === 1 && model.dataset?.key && node && !alike(node, model)) {
        const old = [...host.childNodes].slice(i).find((other) => alike(other, model));
        if (old) { host.insertBefore(old, node); node = old; }
      }
      if (!node) host.append(model);
      else if (node.dataset?.key && !alike(node, model)) host.insertBefore(model, node); // it may be wanted further down
      else if (!alike(node, model)) host.replaceChild(model, node);
      else if (node.nodeType === 3) { if (node.data !== model.data) node.data = model.data; } else dress(node, model);
    });
    while (host.childNodes.length > models.length) host.lastChild.remove();
  }

  // --- builders
  const button = (act, words, { id, symbol, kind = "", label, disabled, pressed } = {}) => make("button", {
    type: "button", class: `${words ? "btn" : "iconbtn"} ${kind}`, "data-act": act, "data-id": id, disabled, "aria-label": label, title: label,
    "aria-pressed": pressed == null ? null : String(pressed),
  }, symbol ? icon(symbol, 18) : null, words ? make("span", {}, words) : null);
  const field = (set, words, { id, value = "", type = "text", step, min, unit, wide, list, hint, disabled } = {}) =>
    make("label", { class: `fld ${wide ? "wide" : ""}` }, make("span", {}, words), make("span", { class: "in" },
      make("input", { type, step, min, value: value ?? "", list, "data-set": set, "data-id": id, disabled, autocomplete: "off", inputmode: type === "number" ? "decimal" : null }),
      unit ? make("small", {}, unit) : null), hint ? make("small", { class: "hint" }, hint) : null);
  const choice = (set, words, options, { id, value, disabled, wide } = {}) => {
    const select = make("select", { "data-set": set, "data-id": id, disabled }, options.map(([key, text]) => make("option", { value: key, selected: key === value }, text)));
    return make("label", { class: `fld ${wide ? "wide" : ""}` }, make("span", {}, words), select);
  };
  const help = (key) => make("details", { class: "help", open: true, "data-key": "help" }, make("summary", {}, icon("info", 16), make("span", {}, T.t("setup.help"))), make("p", {}, T.t(key)));
  const title = (words, count) => make("h2", {}, words, count == null ? null : make("span", { class: "cnt" }, String(count)));
  const problem = (row) => make("li", { class: `problem ${row.severity}` }, severity(row.severity === "error" ? "act" : "warn", 16), make("span", {}, row.text[T.language] || row.text.en));
  const problems = (rows) => (rows.length ? make("ul", { class: "problems" }, rows.map(problem)) : null);
  const empty = (key) => make("p", { class: "none" }, T.t(key));
  const metres = (value, digits = 2) => (value == null ? "–" : `${T.decimal(value, digits)}\u00a0m`);
  const pixels = (value) => (value == null ? "–" : `${T.decimal(value, 1)}\u00a0px`);
  const percent = (share) => (share == null ? "–" : T.language === "ja" ? `${Math.round(100 * share)}%` : `${Math.round(100 * share)}\u00a0%`);
  /* A number that was typed, null where it is none. */
  const numberOf = (node) => (node.value.trim() === "" || !Number.isFinite(Number(node.value)) ? null : Number(node.value));

  function listen(host, told) {
    host.addEventListener("click", (event) => {
      const node = event.target.closest("[data-act]");
      if (node && !node.disabled) told(node.dataset.act, node.dataset.id, node);
    });
    host.addEventListener("change", (event) => { const node = event.target.closest("[data-set]"); if (node) told(node.dataset.set, node.dataset.id, node); });
    host.addEventListener("submit", (event) => { event.preventDefault(); told(event.target.dataset.submit, event.target.dataset.id, event.target); });
  }
  S.panel = {
    render: (host, nodes) => become(host, nodes.flat(3).filter((node) => node != null && node !== false)), listen,
    button, field, choice, help, title, problems, empty, metres, pixels, percent, numberOf,
  };
})(window);
