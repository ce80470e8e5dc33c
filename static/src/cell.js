// Editing in place: a pencil beside a cell, or, with "Edit in place" switched on, the cell itself. The server draws the control,
// and the list is asked for anew once it is saved. Without a script the row's form is the way.
import htmx from "htmx.org";
import { action, plain } from "./plain.js";
import { say, warn } from "./say.js";
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

const asked = { "HX-Request": "true", Accept: "application/json" };
const question = "What you typed into a cell is not saved. Leave it?";
const state = (form) => new URLSearchParams(new FormData(form)).toString();

let open = null; // the cell that is edited: its form, what that held when it was drawn, and what closes it
let busy = false; // a cell is asked for or saved
async function working(act) {
  if (busy) return;
  busy = true;
  try {
    await act();
  } finally {
    busy = false;
  }
}

const editing = () => (open && plain(open.form).isConnected ? open : null);

// What is typed into a cell is not lost by a list that is asked for anew, by another cell, nor by leaving the page.
const unsaved = () => editing() !== null && state(open.form) !== open.before;
document.addEventListener("htmx:confirm", (event) => {
  if (unsaved() && !confirm(question)) event.preventDefault();
});
addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});

const failed = (status) => `The server answered ${status}.`;
const control = (form) => plain(form).querySelector(".control input:not([type=hidden]):checked, .control input:not([type=hidden]), .control select, .control textarea");

// edit opens a cell. One is open at a time: what would become of another when the list is asked for anew?
function edit(cell) {
  if (busy || !place(cell) || cell.querySelector("form")) return;
  if (unsaved() && !confirm(question)) {
    control(open.form).focus();
    return;
  }
  working(() => fetched(place(cell)));
}

async function fetched(wanted) {
  pencil.remove();
  await editing()?.close();
  const spot = place(cellAt(wanted.row, wanted.at));
  if (!spot) return; // the row is not in the list any more
  let answer;
  let html;
  try {
    answer = await fetch(`${spot.row}/cell/${spot.field}`, { headers: { "HX-Request": "true" } });
    html = await answer.text();
  } catch {
    return warn("The server does not answer: nothing can be edited now.");
  }
  if (answer.status >= 500 || answer.status === 429) return warn(`${failed(answer.status)} Try again soon.`);
  if (!answer.ok || answer.redirected) return location.assign(`${spot.row}/edit`);
  const kept = [...spot.cell.childNodes];
  warn("");
  spot.back = () => {
    spot.cell.classList.remove("editing");
    spot.cell.replaceChildren(...kept);
    focusOn(spot.cell);
  };
  draw(spot, html);
}

// draw puts the form of a cell into it; before is what it held at first, "" if that was sent and not saved.
function draw(spot, html, before) {
  const { cell } = spot;
  cell.innerHTML = html;
  cell.classList.add("editing");
  const form = cell.querySelector("form");
  const its = plain(form);
  const first = control(form);
  const overtaken = its.dataset.overtook === "true";
  const close = () => {
    open = null;
    return overtaken ? refresh(spot, "Kept what is there now.") : spot.back();
  };
  open = { form, before: before ?? state(form), close };
  first.focus();
  if (first.select && first.type !== "radio" && first.type !== "checkbox") first.select();
  say(its.querySelector(".error")?.textContent || label(spot));
  its.addEventListener("keydown", (event) => {
    if (event.key === "Escape") working(close);
    event.stopPropagation();
  });
  its.querySelector(".cell-buttons a").addEventListener("click", (event) => {
    event.preventDefault();
    working(close);
  });
  its.addEventListener("submit", (event) => {
    event.preventDefault();
    working(async () => await signedIn() && send(spot, form));
  });
}

async function send(spot, form) {
  let answer;
  let text;
  try {
    answer = await fetch(action(form), { method: "POST", headers: asked, body: new URLSearchParams(new FormData(form)) });
    text = await answer.text();
  } catch {
    return refuse(form, "The server did not answer: nothing was saved, as far as can be told. Save it again.");
  }
  if (answer.status === 422 || answer.status === 409) return draw(spot, text, "");
  if (answer.ok && !answer.redirected) {
    open = null;
    return refresh(spot, text);
  }
  let why;
  try {
    why = JSON.parse(text).detail;
  } catch { /* a page, which has no place here */ }
  refuse(form, `Not saved. ${why || (answer.ok ? "Nobody is signed in any more." : failed(answer.status))}`);
}

// refuse says in a cell why nothing was saved. What was typed stays.
function refuse(form, text) {
  const its = plain(form);
  its.querySelector(".refused")?.remove();
  const said = document.createElement("p");
  said.className = "error refused";
  said.setAttribute("role", "alert");
  said.textContent = text;
  its.querySelector(".cell-buttons").before(said);
  control(form).focus();
}

// refresh asks for the list anew: with another value a row may stand elsewhere. What was ticked stays so.
async function refresh(spot, text) {
  const ticked = new Set([...document.querySelectorAll('#list input[name="keys"]:checked')].map((box) => box.value));
  await htmx.ajax("GET", location.pathname + location.search, { target: "#list", swap: "outerHTML" }).catch(() => {}); // list.js says it
  if (spot.cell.isConnected) spot.back();
  for (const box of document.querySelectorAll('#list input[name="keys"]')) box.checked = ticked.has(box.value);
  document.querySelector('#list input[name="keys"]')?.dispatchEvent(new Event("change", { bubbles: true }));
  apply();
  say(text);
  focusOn(cellAt(spot.row, spot.at));
}

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
