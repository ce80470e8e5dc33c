// Forms: counters, fields that depend on others, a question before leaving what was typed.
import { movable } from "./lines.js";
import { makers } from "./make.js";
import { pickers } from "./picker.js";
import { action, plain } from "./plain.js";

// Times are written in the browser's zone, which the server learns by this for the next form.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}

// enhance makes the forms within an element do what takes a script.
export function enhance(root) {
  pickers(root);
  makers(root);
  root.querySelectorAll("[data-max]").forEach(counter);
  root.querySelectorAll("[data-show-if]").forEach(dependent);
  root.querySelectorAll("[data-clash]").forEach(clash);
  root.querySelectorAll("[data-position]").forEach(movable);
  root.querySelectorAll("form[data-guard]").forEach(guard);
}

// A counter where a text comes near its limit, or passes it.
function counter(control) {
  const limit = Number(control.dataset.max);
  const said = document.createElement("p");
  said.className = "counter";
  said.hidden = true;
  control.after(said);
  const count = () => {
    const length = [...control.value].length;
    said.hidden = length < limit * 0.8;
    said.textContent = `${length} of ${limit} characters`;
    said.classList.toggle("over", length > limit);
  };
  control.addEventListener("input", count);
  count();
}

// A field that depends on another is there while that has one of some values; else it is not sent.
function dependent(field) {
  const form = field.closest("form");
  const values = field.dataset.showValues.split("|");
  const update = () => {
    field.hidden = !values.includes(new FormData(form).getAll(field.dataset.showIf).at(-1));
    for (const control of field.querySelectorAll("input, select, textarea")) control.disabled = field.hidden;
  };
  plain(form).addEventListener("change", update);
  update();
}

// Who goes on typing into their own of two values keeps that.
function clash(sides) {
  sides.addEventListener("input", (event) => {
    if (event.target.type !== "radio") sides.querySelector('input[value="mine"]').checked = true;
  });
}

// first begins a form: who saves a record and makes another one types on.
function first(form) {
  form?.querySelector(".field .control :is(input, select, textarea):not([type=hidden], [aria-hidden])")?.focus();
}

// redrawn tells whether the server drew a form again over what was sent: that is not saved.
export function redrawn(form) {
  return plain(form).matches("[data-draft]") && action(form).pathname === location.pathname;
}

function guard(form) {
  const state = () => new URLSearchParams(new FormData(form)).toString();
  const its = plain(form);
  const before = redrawn(form) || its.dataset.guard === "sent" ? "" : state();
  let sending = false;
  its.addEventListener("submit", ({ submitter }) => {
    sending = true;
    sessionStorage.setItem("another", submitter?.name === "_then");
    working(its, () => { sending = false; });
  });
  addEventListener("pageshow", () => { sending = false; });
  addEventListener("beforeunload", (event) => {
    if (its.isConnected && !sending && state() !== before) event.preventDefault();
  });
}

// What takes a while says so, and can be stopped: the server undoes what it has not finished when nobody waits for it.
const patience = 1500;

function working(form, stopped) {
  const bar = form.querySelector(".savebar");
  if (!bar) return;
  const said = document.createElement("div");
  said.className = "working";
  said.setAttribute("role", "status");
  bar.querySelector(".working")?.remove();
  bar.append(said);
  const late = setTimeout(() => {
    said.innerHTML = '<span>Working…</span><progress aria-hidden="true"></progress><button type="button" class="btn">Stop</button>';
    said.querySelector("button").addEventListener("click", () => {
      window.stop();
      said.textContent = "Stopped. If it was not done by then, it is undone; sent again as it is, it is done once.";
      stopped();
    });
  }, patience);
  addEventListener("pagehide", () => {
    clearTimeout(late);
    said.remove();
  }, { once: true });
}

enhance(document);
document.querySelector(".problems")?.focus();
if (sessionStorage.getItem("another") === "true" && document.querySelector(".notice[role=status]")) first(document.querySelector("form[data-draft]"));
sessionStorage.removeItem("another");
document.querySelector(".line[autofocus] .control :is(input, select, textarea):not([type=hidden], [aria-hidden])")?.focus();
