// A form whose fields are called as what forms have themselves, such as action, hides that: form.action is then a control.
// plain gives a form as if it had no fields; they are in its elements, by namedItem.
export function plain(form) {
  return new Proxy(form, {
    get(_, name) {
      const value = Reflect.get(HTMLFormElement.prototype, name, form);
      return typeof value === "function" ? value.bind(form) : value;
    },
    set: (_, name, value) => Reflect.set(HTMLFormElement.prototype, name, value, form),
  });
}

// action is where a form is sent to.
export const action = (form) => new URL(plain(form).getAttribute("action") || location.href, location.href);

// valueOf is what a field of a form holds; undefined without such a field.
export const valueOf = (form, name) => plain(form).elements.namedItem(name)?.value;
