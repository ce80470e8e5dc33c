// The frame: colours, dialogs, the drawer on phones, questions before an action.

const themes = [["auto", "automatic", "sun-moon"], ["light", "light", "sun"], ["dark", "dark", "moon"]];

function labelTheme(button) {
  const [, name, icon] = themes.find(([key]) => key === document.documentElement.dataset.theme) || themes[0];
  button.setAttribute("aria-label", `Colours: ${name}`);
  button.title = `Colours: ${name}`;
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icon}`));
}

// With a profile the choice is kept there, so that it is the same in every browser; without one in this browser.
function keepTheme(button, theme) {
  const { keep } = button.dataset;
  if (keep) {
    document.documentElement.dataset.kept = theme;
    fetch(keep, { method: "POST", body: new URLSearchParams({ theme }), headers: { "HX-Request": "true" }, keepalive: true }).catch(() => {});
  } else if (theme === "system") localStorage.removeItem("theme");
  else localStorage.setItem("theme", theme);
}

for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  button.hidden = false;
  labelTheme(button);
  button.addEventListener("click", () => {
    const at = themes.findIndex(([key]) => key === document.documentElement.dataset.theme);
    const [next] = themes[(at + 1) % themes.length];
    keepTheme(button, next === "auto" ? "system" : next);
    dispatchEvent(new Event("themechange"));
    labelTheme(button);
  });
}

for (const button of document.querySelectorAll("[data-dialog]")) {
  button.hidden = false;
  button.addEventListener("click", () => document.getElementById(button.dataset.dialog).showModal());
}

// A password is shown as long as its button is pressed, and hidden again when it is sent.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const control = document.getElementById(button.dataset.reveal);
  const show = (shown) => {
    control.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  };
  button.hidden = false;
  button.addEventListener("click", () => show(control.type === "password"));
  control.form.addEventListener("submit", () => show(false));
}

// Escape closes the drawer, which otherwise works without a script.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && location.hash === "#menu") location.hash = "";
});

// Who closes it is back where it was opened.
addEventListener("hashchange", ({ oldURL }) => {
  if (new URL(oldURL).hash === "#menu" && location.hash !== "#menu") document.querySelector(".topbar-button").focus();
});

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}

// The current table is in sight, however long the menu is.
document.querySelector(".menu-link[aria-current]")?.scrollIntoView({ block: "nearest" });
