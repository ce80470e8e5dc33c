// What is typed into a record's form is kept in this browser until it is saved, and offered again. Nothing that the form never
// shows again is kept, and nothing is offered to another account.
import { redrawn } from "./form.js";
import { action, plain } from "./plain.js";

const account = document.body.dataset.account;
const prefix = "draft:";
const week = 7 * 24 * 3600 * 1000;
const longest = 200000;

const read = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
};

const all = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
for (const key of all()) {
  const draft = read(key);
  if (!draft?.fields || Date.now() - draft.at > week) localStorage.removeItem(key);
}

// What was sent is forgotten once the panel says that it was done.
const sent = sessionStorage.getItem("sent");
sessionStorage.removeItem("sent");
if (sent && document.querySelector(".notice[role=status]")) localStorage.removeItem(sent);

let leaving = false; // somebody logs out: nothing is kept, unless they stay and type on
for (const form of document.querySelectorAll('form[action$="/logout"]')) {
  form.addEventListener("submit", () => {
    leaving = true;
    all().forEach((key) => localStorage.removeItem(key));
  });
}

// controls are those of a form, or of one of its fields.
function controls(form, name) {
  return [...plain(form).elements].filter((control) => name === undefined || control.name === name);
}

// typed is what a form holds, but for secrets and for what belongs to this page alone.
function typed(form) {
  const secret = new Set(controls(form).filter(({ type, dataset }) => type === "password" || dataset.unseen !== undefined).map(({ name }) => name));
  return [...new FormData(form)].filter(([name]) => name !== "_form" && !name.startsWith("_keep.") && !secret.has(name));
}

function keep(form) {
  const its = plain(form);
  const { draft: like } = its.dataset; // the row that a new one is a copy of
  const key = `${prefix}${account}:${action(form).pathname}${like && `?from=${like}`}`;
  const before = JSON.stringify(typed(form));
  let later;
  let mine = false; // what is kept was typed here
  const blank = empty(form);
  const again = redrawn(form); // what it was drawn with is not saved
  let touched = again;
  if (again && sent !== key) localStorage.removeItem(sent); // that of a copy goes on here
  const write = () => {
    clearTimeout(later);
    const fields = typed(form);
    const text = JSON.stringify({ at: Date.now(), fields, names: named(form), labels: labels(form, fields), blank });
    if (!touched || leaving || text.length > longest) return;
    if (!again && JSON.stringify(fields) === before) { // it was taken back
      if (mine) localStorage.removeItem(key);
      return;
    }
    try {
      localStorage.setItem(key, text);
      mine = true;
    } catch { /* a browser that is full keeps none */ }
  };
  const draft = read(key);
  const changed = draft ? differing(form, draft) : [];
  if (changed.length && !touched) offer(form, key, draft, changed);
  for (const kind of ["input", "change"]) {
    its.addEventListener(kind, () => {
      touched = true;
      leaving = false;
      clearTimeout(later);
      later = setTimeout(write, 400);
    });
  }
  addEventListener("pagehide", write);
  its.addEventListener("submit", () => {
    write();
    sessionStorage.setItem("sent", key);
  });
}

// named says what the rows are called that pickers hold.
function named(form) {
  const names = {};
  for (const control of controls(form)) {
    if (control.tomselect) names[control.name] = control.tomselect.options[control.value]?.text;
  }
  return names;
}

const ofLine = /^(.+)\.\d+\.([^.]+)$/;

// called is what a field is called where its form shows it, in a line after what those are; undefined where it does not.
function called(form, name) {
  const label = plain(form).querySelector(`[for="${name}"], [id="${name}-label"], [id="${name}-ts-label"]`);
  const lines = label?.closest(".lines")?.querySelector("legend");
  return label && (lines ? `${lines.textContent.trim()}: ` : "") + label.firstChild.textContent.trim();
}

// labels are kept of lines, which another page of the form need not show.
const labels = (form, fields) => Object.fromEntries(fields.filter(([name]) => ofLine.test(name)).map(([name]) => [name, called(form, name)]));

// empty is what a new line holds before anything is typed into it, by its columns.
function empty(form) {
  const its = plain(form);
  const out = {};
  for (const line of redrawn(form) ? its.querySelectorAll(".line[autofocus]") : its.querySelectorAll(".line:last-of-type")) {
    if (line.querySelector('[name$="._row"]')) continue; // it is there already
    for (const [name, value] of Object.entries(values(typed(form)))) {
      if (name.startsWith(line.id.slice(0, -"_row".length))) out[name.replace(ofLine, "$1.$2")] = String(value);
    }
  }
  return out;
}

// values are the values of each field of a form, or of a draft.
function values(fields) {
  const out = {};
  for (const [name, value] of fields) (out[name] ||= []).push(value.replaceAll("\r\n", "\n"));
  return out;
}

function differing(form, draft) {
  const [now, then] = [values(typed(form)), values(draft.fields)];
  const untyped = (name, value) => !now[name] && ofLine.test(name) && (value === "false" || value === draft.blank?.[name.replace(ofLine, "$1.$2")]);
  return Object.keys(then).filter((name) => {
    const value = String(then[name]);
    return !/(^|\.)_/.test(name) && String(now[name] || "") !== value && !untyped(name, value);
  });
}

function ago(at) {
  const minutes = Math.round((Date.now() - at) / 60000);
  const say = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (minutes < 1) return "just now";
  if (minutes < 60) return say.format(-minutes, "minute");
  if (minutes < 48 * 60) return say.format(-Math.round(minutes / 60), "hour");
  return say.format(-Math.round(minutes / 1440), "day");
}

const longestShown = 200;

// said is what a field's values are called where its form shows them.
function said(form, name, values, names) {
  const value = values?.at(-1) || "";
  const its = controls(form, name);
  const control = its.at(-1);
  const choice = its.find((c) => c.type === "radio" && c.value === value) || [...control?.options || []].find((o) => o.value === value);
  if (value === "") return "nothing";
  if (control?.type === "checkbox") return value === "true" ? "yes" : "no";
  const text = (control?.tomselect && names[name]) || choice?.labels?.[0]?.textContent.trim() || choice?.text || value;
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

// differences are a table of what fields hold now and what was typed.
function differences(form, draft, changed, label) {
  const box = document.createElement("details");
  const head = document.createElement("summary");
  const table = document.createElement("table");
  const [now, then] = [values(typed(form)), values(draft.fields)];
  const row = (kind, texts) => {
    const line = table.insertRow();
    for (const text of texts) {
      const cell = document.createElement(kind);
      cell.textContent = text;
      line.append(cell);
    }
  };
  head.textContent = "Show what differs";
  table.className = "table";
  row("th", ["Field", "Here now", "What you typed"]);
  for (const name of changed) row("td", [label(name), said(form, name, now[name], named(form)), said(form, name, then[name], draft.names || {})]);
  box.append(head, table);
  return box;
}

function offer(form, key, draft, changed) {
  const its = plain(form);
  const label = (name) => called(form, name) || draft.labels?.[name] || name;
  const bar = document.createElement("div");
  bar.className = "alert draft narrow";
  bar.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = `What you typed here ${ago(draft.at)} was not saved. It differs in ${[...new Set(changed.map(label))].join(", ")}.`;
  const button = (words, kind, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `btn ${kind}`;
    made.textContent = words;
    made.addEventListener("click", () => {
      act();
      bar.remove();
      its.querySelector(".control input:not([type=hidden]), .control select, .control textarea")?.focus();
    });
    return made;
  };
  bar.append(text, button("Restore", "btn-primary", () => restore(form, draft)), button("Discard", "", () => localStorage.removeItem(key)),
    differences(form, draft, changed, label));
  its.before(bar);
}

// redraw has the server draw a form with lines as it was typed. Nothing is saved by that.
function redraw(form, draft) {
  const sender = document.createElement("form");
  sender.method = "post";
  sender.action = action(form);
  for (const [name, value] of [...draft.fields, ["_more", controls(form, "_more")[0].value]]) {
    const control = document.createElement("textarea"); // which keeps line breaks
    control.name = name;
    control.value = value;
    sender.append(control);
  }
  sender.hidden = true;
  document.body.append(sender);
  plain(sender).submit();
}

// restore sets all controls, and what the form had shown when they were typed into, so that what others changed since is merged.
function restore(form, draft) {
  if (controls(form, "_more").length) return redraw(form, draft);
  const its = plain(form);
  const then = values(draft.fields);
  for (const hidden of controls(form, "_null")) hidden.remove();
  for (const name of then._null || []) {
    const hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = "_null";
    hidden.value = name;
    its.append(hidden);
  }
  for (const control of controls(form)) {
    const held = then[control.name];
    if (!held || control.name === "_null" || control.name === "_form") continue;
    if (control.type === "checkbox" || control.type === "radio") control.checked = held.includes(control.value);
    else if (control.tomselect) {
      control.tomselect.addOption({ value: held[0], text: draft.names?.[control.name] || held[0] });
      control.tomselect.setValue(held[0]);
    } else if (control.type !== "hidden" || control.name === "_base" || control.name === "_zone") control.value = held[0];
  }
  for (const kind of ["input", "change"]) its.dispatchEvent(new Event(kind, { bubbles: true }));
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  if (account) keep(form);
}
