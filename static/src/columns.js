// The columns of a list are put in order by buttons; without scripts by numbers. Htmx tells of what it has loaded, and at first of the page.
const ordered = (list) => {
  const number = () => [...list.children].forEach((item, i) => {
    item.querySelector("input[type=number]").value = i + 1;
    item.querySelector('[data-move="up"]').disabled = i === 0;
    item.querySelector('[data-move="down"]').disabled = i === list.children.length - 1;
  });
  for (const place of list.querySelectorAll("input[type=number]")) place.hidden = true;
  for (const button of list.querySelectorAll("[data-move]")) button.hidden = false;
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const item = button.closest("li");
    if (button.dataset.move === "up") item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    number();
    (button.disabled ? item.querySelector("[data-move]:not(:disabled)") : button)?.focus();
  });
  number();
};

document.addEventListener("htmx:load", (event) => {
  for (const list of event.target.querySelectorAll("[data-places]")) ordered(list);
});
