// Sets the colours before anything is drawn. It is loaded on its own, ahead of the style sheet.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  let choice = null;
  try {
    choice = localStorage.getItem("theme");
  } catch {
    // Storage may be switched off: then the system decides.
  }
  root.dataset.theme = choice || "auto";
  root.dataset.bsTheme = choice || (dark.matches ? "dark" : "light");
}

apply();
dark.addEventListener("change", apply);
addEventListener("storage", apply);
addEventListener("themechange", apply);
