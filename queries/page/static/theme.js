"use strict";
// In the head and before the first paint, so that no page flashes in the wrong theme.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    root.dataset.theme = localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
    document.dispatchEvent(new Event("theme"));
  };
  show();
  dark.addEventListener("change", show);
  document.addEventListener("click", (event) => {
    if (event.target.id !== "theme") return;
    localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark");
    show();
  });
})();
