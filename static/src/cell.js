// Editing in place: a pencil beside a cell, or, with "Edit in place" switched on, the cell itself. The server draws the control,
// and the list is asked for anew once it is saved. Without a script the row's form is the way.
import htmx from "htmx.org";
import { say } from "./say.js";
import { signedIn } from "./signin.js";

let inPlace = false;

// address is where a link leads, without the place in the list that it carries.
const address = (link) => link.getAttribute("href").split("?")[0];

// place says which field a cell of the list holds, if it may be edited there.
function place(cell) {
  const row = cell?.closest("#list tbody tr");
  const field = row?.querySelector(".tools a") && row.closest("table").tHead.rows[0].cells[cell.cellIndex]?.dataset.field;
  if (!field) return null;
  const link = row.querySelector("th a");
  return { cell, field, row: address(link), name: link.textContent, at: cell.cellIndex };
}

const label = (spot) => `Edit ${document.querySelector(`#list th[data-field="${spot.field}"]`).dataset.label} of ${spot.name}`;
const cellAt = (row, at) => [...document.querySelectorAll("#list tbody th a")].find((link) => address(link) === row)?.closest("tr").cells[at];

async function edit(cell) {
  const spot = place(cell);
  if (!spot || cell.querySelector("form")) return;
  pencil.remove();
  const answer = await fetch(`${spot.row}/cell/${spot.field}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) return location.assign(`${spot.row}/edit`);
  const kept = [...cell.childNodes];
  const back = () => {
    cell.classList.remove("editing");
    cell.replaceChildren(...kept);
    focusOn(cell);
  };
  draw(spot, await answer.text(), back);
}

function draw(spot, html, back) {
  const { cell } = spot;
  cell.innerHTML = html;
  cell.classList.add("editing");
  const form = cell.querySelector("form");
  const control = form.querySelector(".control input:not([type=hidden]):checked, .control input:not([type=hidden]), .control select, .control textarea");
  control.focus();
  if (control.select && control.type !== "radio" && control.type !== "checkbox") control.select();
  const overtaken = form.dataset.overtook === "true";
  say(form.querySelector(".error")?.textContent || label(spot));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
    event.stopPropagation();
  });
  form.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    if (overtaken) refresh(spot, "Kept what is there now.");
    else back();
  });
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    if (!await signedIn()) {
      sending = false;
      return;
    }
    const sent = { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(new FormData(form)) };
    const answer = await fetch(form.action, sent);
    const text = await answer.text();
    sending = false;
    if (answer.ok && !answer.redirected) {
      form.remove();
      return refresh(spot, text);
    }
    if (answer.status === 422 || answer.status === 409) return draw(spot, text, back);
    location.assign(`${spot.row}/edit`);
  });
}

// refresh asks for the list anew: with another value a row may stand elsewhere. What was ticked stays so.
async function refresh(spot, text) {
  const ticked = new Set([...document.querySelectorAll('#list input[name="keys"]:checked')].map((box) => box.value));
  await htmx.ajax("GET", location.pathname + location.search, { target: "#list", swap: "outerHTML" });
  for (const box of document.querySelectorAll('#list input[name="keys"]')) box.checked = ticked.has(box.value);
  document.querySelector('#list input[name="keys"]')?.dispatchEvent(new Event("change", { bubbles: true }));
  say(text);
  focusOn(cellAt(spot.row, spot.at));
}

// What is typed into a cell is not lost by a list that is asked for anew, nor by leaving the page.
const unsaved = () => [...document.querySelectorAll("#list .cell-form")].some((form) =>
  [...form.elements].some((control) => control.type !== "hidden" && "defaultValue" in control && control.value !== control.defaultValue));
document.addEventListener("htmx:confirm", (event) => {
  if (unsaved() && !confirm("What you typed into a cell is not saved. Leave it?")) event.preventDefault();
});
addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});

function focusOn(cell) {
  if (!cell) return;
  if (inPlace) cell.focus();
  else (cell.querySelector("a") || cell.closest("tr").querySelector("th a")).focus();
}

// The pencil stands in the cell under the mouse.
const pencil = document.createElement("button");
pencil.type = "button";
pencil.className = "tool pencil";
pencil.addEventListener("click", () => edit(pencil.closest("th, td")));

document.addEventListener("pointerover", (event) => {
  const spot = event.pointerType !== "touch" && !inPlace && place(event.target.closest?.("#list tbody th, #list tbody td"));
  if (!spot || spot.cell.contains(pencil) || spot.cell.querySelector("form")) return;
  pencil.replaceChildren(spot.cell.closest("tr").querySelector(".tools svg").cloneNode(true));
  pencil.setAttribute("aria-label", label(spot));
  spot.cell.append(pencil);
});

// The switch makes every cell that can be edited one that keys and fingers reach.
const toggle = document.createElement("button");
toggle.type = "button";
toggle.className = "btn in-place-switch";
toggle.dataset.key = "i";
toggle.textContent = "Edit in place";
toggle.addEventListener("click", () => { inPlace = !inPlace; apply(); });

function apply() {
  const able = document.querySelector("#list th[data-field]") && document.querySelector("#list tbody .tools a");
  toggle.hidden = !able;
  toggle.setAttribute("aria-pressed", inPlace);
  document.getElementById("list")?.classList.toggle("in-place", inPlace);
  for (const cell of document.querySelectorAll("#list tbody th, #list tbody td")) {
    if (inPlace && place(cell)) {
      cell.tabIndex = 0;
      cell.setAttribute("aria-description", "Enter edits it");
    } else {
      cell.removeAttribute("tabindex");
      cell.removeAttribute("aria-description");
    }
  }
}

document.addEventListener("click", (event) => {
  const cell = event.target.closest(".in-place tbody [tabindex]");
  if (!cell || cell.classList.contains("editing")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  edit(cell);
}, true);

document.addEventListener("keydown", (event) => {
  if ((event.key === "Enter" || event.key === "F2") && event.target.matches(".in-place tbody [tabindex]")) {
    event.preventDefault();
    edit(event.target);
  }
});

document.querySelector(".list .toolbar")?.append(toggle);
document.addEventListener("htmx:afterSettle", apply);
apply();
