// Sets the colours before anything is drawn. It is loaded on its own, ahead of the style sheet. What the person keeps on their
// profile stands in the page; it counts, and is kept in the browser too, for the page that signs them in.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  const kept = root.dataset.kept;
  try {
    if (kept === "system") localStorage.removeItem("theme");
    else if (kept) localStorage.setItem("theme", kept);
    else return localStorage.getItem("theme");
  } catch {
    // Storage may be switched off: then the page or the system decides.
  }
  return kept === "system" ? null : kept;
}

function apply() {
  const choice = chosen();
  root.dataset.theme = choice || "auto";
  root.dataset.bsTheme = choice || (dark.matches ? "dark" : "light");
}

apply();
dark.addEventListener("change", apply);
addEventListener("themechange", apply);
addEventListener("storage", (event) => {
  if (event.key !== "theme") return;
  if (root.dataset.kept) root.dataset.kept = event.newValue || "system";
  apply();
});
