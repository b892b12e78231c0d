/* The exercise view: with ?drill a page reads and writes the exercise alone. Runs before every other script, so that
   no call of such a page can reach the mall itself. Exposes MallExercise. */
(function (root) {
  "use strict";
  const on = document.documentElement.dataset.exercise === "on", PREFIX = "/drill";
  const OURS = /^\/(?:api\/v1|live)\//, REAL = /^\/api\/v1\/drills(?:[/?]|$)/, CHARTS = "/_dash-update-component", PAGES = ["/", "/advisories"];
  const ask = root.fetch.bind(root), Stream = root.EventSource;
  const path = (address) => { const url = new URL(address, location.href); return url.origin === location.origin ? url.pathname + url.search : null; };
  const moved = (address) => { const at = path(address); return at !== null && OURS.test(at) && !REAL.test(at) ? PREFIX + at : address; };
  root.MallExercise = { on, askReal: ask };
  if (!on) return;
  root.fetch = (address, options) => {
    const asked = address instanceof Request ? address.url : String(address);
    // Charts are drawn from the mall's own store: none is shown rather than a real one.
    if (path(asked) === CHARTS) return Promise.resolve(new Response(null, { status: 204 }));
    return address instanceof Request ? ask(new Request(moved(asked), address), options) : ask(moved(asked), options);
  };
  /* A link to a page that has an exercise view stays in the exercise, but for those that say they leave it. */
  function keep(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || link.closest("[data-exercise-part]")) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || !PAGES.includes(url.pathname) || url.searchParams.has("drill")) return;
    url.searchParams.set("drill", "1");
    link.setAttribute("href", url.pathname + url.search + url.hash);
  }
  for (const kind of ["pointerdown", "click"]) document.addEventListener(kind, keep, true);
  root.EventSource = class extends Stream { constructor(address, options) { super(moved(address), options); } };
})(window);
