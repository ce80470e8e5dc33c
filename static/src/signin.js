// A session that ended meanwhile: the password is asked for over what is to be sent, and then it is sent.
import { plain } from "./plain.js";

const home = document.querySelector("a.brand")?.getAttribute("href");
const account = document.body.dataset.account;

// ask returns the sign-in page if nobody is signed in, "" if somebody is. It throws where the server cannot say, or not soon.
async function ask(options) {
  const answer = await fetch(`${home}login`, { redirect: "manual", signal: AbortSignal.timeout(10_000), ...options });
  if (answer.status >= 500) throw new Error(`the sign-in page is answered ${answer.status}`);
  return answer.type === "opaqueredirect" ? "" : answer.text();
}

// signedIn waits until somebody is signed in and reports whether it was given up. Where the server cannot say, the form is sent.
export async function signedIn() {
  if (!account) return true;
  let page;
  try {
    page = await ask();
  } catch {
    return true;
  }
  return !page || dialog(page);
}

function dialog(page) {
  const box = document.createElement("dialog");
  box.className = "dialog login signin";
  box.setAttribute("aria-labelledby", "signin-title");
  const draw = (html) => {
    const form = new DOMParser().parseFromString(html, "text/html").querySelector("form");
    const problem = new DOMParser().parseFromString(html, "text/html").querySelector("[role=alert]");
    const title = document.createElement("h1");
    title.id = "signin-title";
    title.textContent = "Your session has ended";
    const hint = document.createElement("p");
    hint.className = "login-hint";
    hint.textContent = "Nothing that you typed is lost. Give your password, and you go on.";
    const name = form.elements.name;
    name.value = account;
    name.readOnly = true;
    for (const control of [name, form.elements.password]) {
      const id = `signin-${control.name}`;
      form.querySelector(`label[for="${control.id}"]`).htmlFor = id;
      control.id = id;
    }
    const cancel = document.createElement("button");
    cancel.type = "button";
    cancel.className = "btn btn-link";
    cancel.textContent = "Cancel";
    cancel.addEventListener("click", () => box.close());
    form.append(cancel);
    form.addEventListener("submit", send);
    box.replaceChildren(title, hint, ...(problem ? [problem] : []), form);
    form.elements.password.focus();
  };
  const send = async (event) => {
    event.preventDefault();
    const form = event.target;
    form.inert = true;
    try {
      const answer = await ask({ method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer) draw(answer);
      else box.close("signed in");
    } catch {
      form.inert = false;
    }
  };
  document.body.append(box);
  box.showModal();
  draw(page);
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      resolve(box.returnValue === "signed in");
    });
  });
}

const doubleClick = 1000;

// These ask by themselves, or need nobody who is signed in.
const others = 'dialog form, .editing form, [action$="/logout"]';
let known = new WeakSet();
const asking = new WeakSet();

// What is sent goes once it is known that somebody is signed in, and once however often it is clicked. Where nobody signs in, a form in which
// something is typed is sent at once.
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  const its = plain(form);
  if (known.has(form) || (submitter?.formMethod || its.method) !== "post" || its.matches(others) || !(account || its.matches("[data-guard]"))) return;
  if (!account && !asking.has(form)) {
    asking.add(form);
    setTimeout(() => asking.delete(form), doubleClick);
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (asking.has(form)) return;
  asking.add(form);
  if (await signedIn()) known.add(form);
  asking.delete(form);
  if (known.has(form)) its.requestSubmit(submitter);
}, true);
addEventListener("pageshow", () => { known = new WeakSet(); });
