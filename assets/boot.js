/* Runs before the first paint: the chosen colours and language, so that nothing flashes. */
(function () {
  "use strict";
  function kept(key) { try { return localStorage.getItem(key); } catch (error) { return null; } }
  var root = document.documentElement, asked = new URLSearchParams(location.search);
  var theme = asked.get("theme") || kept("mall.theme");
  if (theme !== "dark" && theme !== "light") {
    theme = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  }
  root.dataset.theme = theme;
  /* The exercise is seen on these pages only; its frame is there before anything is drawn. */
  if (asked.has("drill") && (location.pathname === "/" || location.pathname === "/advisories")) root.dataset.exercise = "on";
  var language = asked.get("lang") || kept("mall.language");
  if (language === "en" || language === "ja") root.lang = language;
})();
