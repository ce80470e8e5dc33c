// Forms: a picker for relations, counters, a question before leaving what was typed.
import TomSelect from "tom-select/base";

// Times are written in the browser's zone, which the server learns by this for the next form.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}

// The input that holds a key becomes a select that asks the server for rows.
for (const input of document.querySelectorAll("input[data-picker]")) {
  const select = document.createElement("select");
  for (const name of ["id", "name"]) {
    if (input.hasAttribute(name)) select.setAttribute(name, input.getAttribute(name));
  }
  select.add(new Option("", ""));
  if (input.value) select.add(new Option(input.dataset.label || input.value, input.value, true, true));
  for (const option of input.list?.options || []) {
    if (option.value !== input.value) select.add(new Option(option.label, option.value));
  }
  const base = input.closest("[data-table]").dataset.table;
  const source = `${base}/${input.dataset.picker}`;
  const parent = input.form.elements[input.dataset.within];
  input.parentElement.querySelector(".current")?.remove();
  input.list?.remove();
  input.replaceWith(select);
  const picker = new TomSelect(select, {
    maxItems: 1,
    allowEmptyOption: false,
    maxOptions: 100,
    loadThrottle: 200,
    placeholder: "Type to search",
    shouldLoad: () => true,
    score: () => () => 1,
    load(query, done) {
      this.clearOptions((option) => this.items.includes(option.value));
      fetch(`${source}?q=${encodeURIComponent(query)}${parent ? `&within=${encodeURIComponent(parent.value)}` : ""}`, { headers: { Accept: "application/json" } })
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
        .then(({ items }) => done(items.map(({ value, label }) => ({ value, text: label }))))
        .catch(() => done());
    },
    render: {
      no_results: () => '<div class="no-results">Nothing matches</div>',
      loading: () => '<div class="no-results">Searching…</div>',
    },
  });
  parent?.addEventListener("change", () => {
    picker.clear();
    picker.clearOptions();
    picker.load("");
  });
  // The hidden select only carries the value: what describes it belongs to the control that is seen.
  select.setAttribute("aria-hidden", "true");
  for (const name of ["aria-invalid", "aria-describedby"]) {
    if (input.hasAttribute(name)) picker.control_input.setAttribute(name, input.getAttribute(name));
  }
  if (input.required) picker.control_input.setAttribute("aria-required", "true");
}

// A counter where a text comes near its limit, or passes it.
for (const control of document.querySelectorAll("[data-max]")) {
  const limit = Number(control.dataset.max);
  const counter = document.createElement("p");
  counter.className = "counter";
  counter.hidden = true;
  control.after(counter);
  const count = () => {
    const length = [...control.value].length;
    counter.hidden = length < limit * 0.8;
    counter.textContent = `${length} of ${limit} characters`;
    counter.classList.toggle("over", length > limit);
  };
  control.addEventListener("input", count);
  count();
}

// A field that depends on another is there while that has one of some values; else it is not sent.
for (const field of document.querySelectorAll("[data-show-if]")) {
  const form = field.closest("form");
  const values = field.dataset.showValues.split("|");
  const update = () => {
    field.hidden = !values.includes(new FormData(form).getAll(field.dataset.showIf).at(-1));
    for (const control of field.querySelectorAll("input, select, textarea")) control.disabled = field.hidden;
  };
  form.addEventListener("change", update);
  update();
}

// Who goes on typing into their own of two values keeps that.
for (const clash of document.querySelectorAll("[data-clash]")) {
  clash.addEventListener("input", (event) => {
    if (event.target.type !== "radio") clash.querySelector('input[value="mine"]').checked = true;
  });
}

// redrawn tells whether the server drew a form again over what was sent: that is not saved.
export function redrawn(form) {
  return form.matches("[data-draft]") && new URL(form.action).pathname === location.pathname;
}

for (const form of document.querySelectorAll("form[data-guard]")) {
  const state = () => new URLSearchParams(new FormData(form)).toString();
  const before = redrawn(form) ? "" : state();
  let sending = false;
  form.addEventListener("submit", () => { sending = true; });
  addEventListener("pageshow", () => { sending = false; });
  addEventListener("beforeunload", (event) => {
    if (!sending && state() !== before) event.preventDefault();
  });
}

document.querySelector(".problems")?.focus();
