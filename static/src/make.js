// A new row of another table, made over the form that is to point at it. Without a script, or with Ctrl, its form opens beside.
import { enhance } from "./form.js";
import { action, plain, valueOf } from "./plain.js";
import { say } from "./say.js";
import { signedIn } from "./signin.js";

const asked = { "HX-Request": "true", Accept: "application/json" };
let boxes = 0;

export function makers(root) {
  root.querySelectorAll("a[data-make]").forEach(maker);
}

function maker(link) {
  const form = link.closest("form");
  const { make, within } = link.dataset;
  const parent = () => (within ? valueOf(form, within) ?? link.dataset.parent : "");
  const made = () => {
    const url = new URL(link.href);
    const [table, field] = url.searchParams.get("for").split("/");
    url.searchParams.set("for", [table, field, ...(parent() ? [parent()] : [])].join("/"));
    return url.href;
  };
  const update = () => {
    link.hidden = within !== undefined && !parent();
    link.href = made();
  };
  plain(form).addEventListener("change", update);
  update();
  link.setAttribute("aria-haspopup", "dialog");
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!await signedIn()) return;
    link.closest(".control").querySelector(".refused")?.remove();
    try {
      const answer = await fetch(link.href, { headers: asked });
      if (answer.ok && !answer.redirected) dialog(await answer.text(), (item) => take(plain(form).elements.namedItem(make), item));
      else open(link.href, "_blank", "noopener");
    } catch {
      const said = document.createElement("p");
      said.className = "error refused";
      said.setAttribute("role", "alert");
      said.textContent = "The server does not answer: nothing can be made now.";
      link.parentElement.after(said);
    }
  });
}

// take gives a control the row that was made.
function take(control, { value, label, note }) {
  if (control.tomselect) {
    control.tomselect.addOption({ value, text: label, note });
    control.tomselect.setValue(value);
    return;
  }
  control.add(new Option(label, value));
  control.value = value;
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

// scope keeps the names of elements apart from those of the page below.
function scope(root, prefix) {
  const refer = ["for", "list", "aria-describedby", "aria-labelledby"];
  for (const element of root.querySelectorAll("[id]")) element.id = prefix + element.id;
  for (const name of refer) {
    for (const element of root.querySelectorAll(`[${name}]`)) {
      element.setAttribute(name, element.getAttribute(name).split(" ").map((id) => prefix + id).join(" "));
    }
  }
  for (const link of root.querySelectorAll('a[href^="#"]')) link.setAttribute("href", `#${prefix}${link.getAttribute("href").slice(1)}`);
}

function dialog(html, done) {
  const box = document.createElement("dialog");
  const prefix = `made${boxes += 1}-`;
  const closed = new AbortController();
  let touched = false;
  let sending = false;
  const leave = () => !touched || confirm("What you typed is not saved. Leave it?");
  box.className = "dialog make-dialog";
  box.setAttribute("aria-labelledby", `${prefix}title`);
  const draw = (text) => {
    box.innerHTML = text;
    const title = document.createElement("h1");
    title.id = "title";
    title.textContent = plain(box.querySelector("form")).dataset.heading;
    box.prepend(title);
    scope(box, prefix);
    enhance(box);
    plain(box.querySelector("form")).addEventListener("submit", send);
    box.querySelector(".savebar a").addEventListener("click", (event) => {
      event.preventDefault();
      if (leave()) box.close();
    });
    (box.querySelector(".problems") || box.querySelector(".field .control :is(input, select, textarea):not([type=hidden], [aria-hidden])"))?.focus();
  };
  const refuse = (text) => {
    box.querySelector(".alert")?.remove();
    const alert = document.createElement("p");
    alert.className = "alert alert-danger";
    alert.setAttribute("role", "alert");
    alert.textContent = text;
    plain(box.querySelector("form")).before(alert);
  };
  const send = async (event) => {
    event.preventDefault();
    const form = event.target;
    if (sending) return;
    sending = true;
    try {
      if (!await signedIn()) return;
      const answer = await fetch(action(form), { method: "POST", headers: asked, body: new URLSearchParams(new FormData(form, event.submitter)) });
      if (answer.headers.get("Content-Type").startsWith("text/html")) return draw(await answer.text());
      const { said, item, detail } = await answer.json();
      if (!answer.ok) return refuse(`Not saved. ${detail}`);
      box.close();
      if (item) done(item);
      say(said);
    } catch {
      refuse("The server does not answer. Nothing that you typed is lost: send it again.");
    } finally {
      sending = false;
    }
  };
  for (const kind of ["input", "change"]) box.addEventListener(kind, () => { touched = true; });
  // Chrome closes on a repeated cancel whatever is said to it: the key that brings it is met before.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    if (leave()) box.close();
  });
  box.addEventListener("cancel", (event) => {
    if (!leave()) event.preventDefault();
  });
  box.addEventListener("close", () => {
    closed.abort();
    box.remove();
  });
  addEventListener("beforeunload", (event) => {
    if (touched) event.preventDefault();
  }, { signal: closed.signal });
  document.body.append(box);
  box.showModal();
  draw(html);
}
