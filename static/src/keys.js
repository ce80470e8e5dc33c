// The keyboard: see views/partials/keys.html for what each key does.

const typing = (element) => element.closest("input, textarea, select, [contenteditable], .ts-wrapper");

function move(step) {
  const links = [...document.querySelectorAll(".list tbody th a")];
  const row = document.activeElement.closest("tbody tr");
  const at = links.findIndex((link) => link.closest("tr") === row);
  const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next]?.focus();
}

const press = (element) => element && (element.matches("input") ? (element.focus(), element.select()) : element.click());

const keys = {
  "/": () => press(document.querySelector('[data-key="/"]')),
  c: () => press(document.querySelector('[data-key="c"]')),
  e: () => press(document.activeElement.closest("tbody tr")?.querySelector(".tool") || document.querySelector('[data-key="e"]')),
  j: () => move(1),
  k: () => move(-1),
  i: () => press(document.querySelector('[data-key="i"]:not([hidden])')),
  x: () => document.activeElement.closest("tbody tr")?.querySelector(".check input")?.click(),
  g: () => press(document.querySelector(".menu-link")),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const action = keys[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  action();
});
