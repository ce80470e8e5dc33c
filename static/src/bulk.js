// Ticked rows: a bar with their number and what can be done to them; a tick for the whole page; Shift ticks a range.
let last = null;

const ticks = () => [...document.querySelectorAll('#list input[name="keys"]')];

function show() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const boxes = ticks();
  const ticked = boxes.filter((box) => box.checked).length;
  const all = bar.querySelector('[name="all"]')?.checked ?? false;
  bar.hidden = ticked === 0 && !all;
  bar.querySelector(".bulk-count").textContent = all ? "All that match" : `${ticked} ticked`;
  const page = document.querySelector("[data-tick-page]");
  if (page) {
    page.hidden = false;
    page.checked = all || (ticked > 0 && ticked === boxes.length);
    page.indeterminate = !page.checked && ticked > 0;
  }
  for (const box of boxes) box.closest("tr").classList.toggle("ticked", box.checked || all);
}

document.addEventListener("click", (event) => {
  const cell = event.target.closest("#list tbody .check");
  if (!cell) return;
  const box = cell.querySelector("input");
  if (event.target !== box) box.checked = !box.checked; // the whole cell is easier to hit
  const boxes = ticks();
  const from = boxes.indexOf(last);
  const to = boxes.indexOf(box);
  if (event.shiftKey && from >= 0) {
    for (const between of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) between.checked = box.checked;
  }
  last = box;
  show();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick-page]")) {
    for (const box of ticks()) box.checked = event.target.checked;
    const all = document.querySelector('[data-bulk] [name="all"]');
    if (all && !event.target.checked) all.checked = false;
  }
  if (event.target.closest("#list, [data-bulk]")) show();
});

document.addEventListener("htmx:afterSettle", show);
addEventListener("pageshow", show);

// A field of many rows that is changed is one that is to be set.
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const set = event.target.closest(".bulk-field")?.querySelector('[name="_set"]');
    if (set && event.target !== set) set.checked = true;
  });
}
