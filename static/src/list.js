// Lists: htmx replaces the rows alone. What it cannot use, such as an error page, is opened as a page.
import "htmx.org";
import { warn } from "./say.js";

const stale = "The list still shows what it held before.";
for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, () => warn(`The server does not answer. ${stale}`));
}

document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.target.closest(".children")) return; // the link to them stays
  const { status } = event.detail.xhr;
  if (status >= 500 || status === 429) return warn(`The server answered ${status}. ${stale}`);
  location.assign(event.detail.pathInfo.finalRequestPath || event.detail.pathInfo.requestPath);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const body = event.detail.serverResponse || "";
  if (event.detail.target.id !== "list" || body.includes('id="list"')) return;
  event.detail.shouldSwap = false;
  location.reload();
});

// What had the focus in the rows is found again in the new ones: a heading by its column, a button of the pager by its name. Where that
// leads nowhere any more, as at the last page, it is another one.
let focused = null;

function among(list) {
  const { at, kind, name } = focused;
  const heading = list.querySelector("thead tr")?.cells[at];
  const links = [...list.querySelectorAll(".pager nav a")];
  return heading?.querySelector(kind) || heading?.querySelector("a") || links.find((link) => link.ariaLabel === name) || links[0] ||
    list.querySelector(".scroll, a");
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "list") return;
  const link = event.detail.target.contains(document.activeElement) && document.activeElement.closest("thead a, .pager a, .empty a");
  focused = link && { at: link.closest("th")?.cellIndex, kind: link.matches(".then") ? ".then" : ".sort", name: link.ariaLabel };
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "list") return;
  warn("");
  event.target.querySelector(".scroll")?.scrollTo({ top: 0 });
  if (focused) among(event.target)?.focus();
  focused = null;
});

// A click anywhere in a row opens it, unless it selects text or meets a link.
document.addEventListener("click", (event) => {
  const row = event.target.closest(".list tbody tr");
  if (!row || event.target.closest("a, button, input, label, select, textarea, .check, .editing") || !getSelection().isCollapsed) return;
  const link = row.querySelector("th a");
  if (!link) return; // it has no page
  if (event.ctrlKey || event.metaKey) open(link.href);
  else link.click();
});

// Shift and a click on a heading sort by its column besides the others.
document.addEventListener("click", (event) => {
  const then = event.shiftKey && event.target.closest("th .sort")?.parentElement.querySelector(".then");
  if (!then) return;
  event.preventDefault();
  event.stopPropagation();
  getSelection().removeAllRanges();
  then.click();
}, true);

// Parameters that say nothing are left out of the address.
document.addEventListener("htmx:configRequest", (event) => {
  const given = event.detail.parameters;
  for (const name of ["q", "filter", "sort"]) if (given[name] === "") delete given[name];
  if (given.size === document.getElementById("size")?.dataset.usual) delete given.size;
});

// A choice that leads on is sent at once; its button is for browsers without scripts.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]") && event.target.value) event.target.form.requestSubmit();
});

// A value is asked for where the operator takes one.
function asks() {
  const op = document.getElementById("_op");
  if (op) document.querySelector(".filter-value").hidden = "bare" in op.selectedOptions[0].dataset;
}
document.addEventListener("change", (event) => event.target.id === "_op" && asks());
asks();

// The buttons that send the search and the choice of a column are for browsers without scripts.
for (const button of document.querySelectorAll(".toolbar button[type=submit], .filter-form [data-submit] ~ .btn")) button.classList.add("visually-hidden-focusable");
