// Pickers: the input that holds a key becomes a select that asks the server for rows.
import TomSelect from "tom-select/base";
import { plain, valueOf } from "./plain.js";

export function pickers(root) {
  root.querySelectorAll("input[data-picker]").forEach(picker);
}

const option = ({ text, note }, escape) =>
  `<div><span class="option-label">${escape(text)}</span>${note ? `<span class="option-note">${escape(note)}</span>` : ""}</div>`;

function picker(input) {
  const select = document.createElement("select");
  for (const name of ["id", "name"]) {
    if (input.hasAttribute(name)) select.setAttribute(name, input.getAttribute(name));
  }
  select.add(new Option("", ""));
  if (input.value) select.add(new Option(input.dataset.label || input.value, input.value, true, true));
  for (const offered of input.list?.options || []) {
    if (offered.value === input.value) continue;
    const made = new Option(offered.label, offered.value);
    if (offered.dataset.note) made.dataset.note = offered.dataset.note;
    select.add(made);
  }
  const { form } = input;
  const { within } = input.dataset;
  const source = `${input.closest("[data-table]").dataset.table}/${input.dataset.picker}`;
  let failed = ""; // why rows could not be asked for
  let found = new Set(); // what the last search came to: the row that is chosen is no answer to one that does not find it
  const parent = () => (within ? `&within=${encodeURIComponent(valueOf(form, within) ?? input.dataset.parent)}` : "");
  (input.closest(".control") || input.parentElement).querySelector(".current")?.remove();
  input.list?.remove();
  input.replaceWith(select);
  const made = new TomSelect(select, {
    maxItems: 1,
    allowEmptyOption: false,
    maxOptions: 100,
    loadThrottle: 200,
    placeholder: "Type to search",
    shouldLoad: () => true,
    score: (query) => ({ value }) => (query && !found.has(value) ? 0 : 1),
    async load(query, done) {
      this.clearOptions((offered) => this.items.includes(offered.value));
      found = new Set();
      failed = "The server does not answer: nothing was searched";
      try {
        const answer = await fetch(`${source}?q=${encodeURIComponent(query)}${parent()}`, { headers: { Accept: "application/json" } });
        failed = answer.status === 401 || answer.redirected ? "You are signed out: nothing was searched" : `The server answered ${answer.status}: nothing was searched`;
        const { items } = await answer.json();
        const rows = items.map(({ value, label, note }) => ({ value, text: label, note }));
        failed = "";
        found = new Set(rows.map(({ value }) => value));
        done(rows);
      } catch {
        done();
      }
    },
    render: {
      option,
      no_results: () => `<div class="no-results"${failed && ' role="alert"'}>${failed || "Nothing matches"}</div>`,
      loading: () => '<div class="no-results">Searching…</div>',
    },
  });
  if (within) {
    plain(form).addEventListener("change", (event) => {
      if (event.target.name !== within) return;
      made.clear();
      made.clearOptions();
      made.load("");
    });
  }
  chosen(made, form);
  // The hidden select only carries the value: what describes it belongs to the control that is seen, and so does the focus, which
  // links to its id would give it.
  select.setAttribute("aria-hidden", "true");
  select.addEventListener("focus", () => made.control_input.focus());
  for (const name of ["aria-invalid", "aria-describedby"]) {
    if (input.hasAttribute(name)) made.control_input.setAttribute(name, input.getAttribute(name));
  }
  if (input.required) made.control_input.setAttribute("aria-required", "true");
}

// chosen does not let a text go that was typed and of which no row was chosen: it is said when the picker is left, there again when one comes
// back to it, and the form is not sent before a row is chosen or the text is taken away.
function chosen(made, form) {
  const control = made.control_input;
  let typed = "";
  const said = document.createElement("p");
  said.className = "error refused";
  said.setAttribute("role", "alert");
  const settle = () => {
    typed = "";
    said.remove();
  };
  control.addEventListener("input", () => { typed = control.value.trim(); });
  control.addEventListener("keydown", ({ key }) => key === "Escape" && settle());
  made.on("item_add", settle);
  made.on("focus", () => {
    made.setTextboxValue(typed);
    if (typed) made.load(typed);
  });
  made.on("blur", () => {
    if (!typed) return settle();
    said.textContent = `“${typed}” was typed, and no row is chosen. Choose one, or take the text away.`;
    (made.wrapper.closest(".with-make") || made.wrapper).after(said);
  });
  addEventListener("submit", (event) => { // before it is asked whether somebody is signed in
    if (event.target !== form || !typed || !made.wrapper.offsetParent) return; // one that is hidden or gone sends nothing
    event.preventDefault();
    event.stopImmediatePropagation();
    made.blur();
    made.focus();
  }, true);
}
