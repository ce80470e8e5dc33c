// Lines that people put in order: dragged by their grip, or moved with buttons. Their numbers are sent like other fields, and only those
// that differ are written.
import { plain } from "./plain.js";
import { say } from "./say.js";

export function movable(list) {
  const lines = () => [...list.querySelectorAll(".line")];
  const number = (line) => line.querySelector(`[name$=".${CSS.escape(list.dataset.position)}"]`);
  if (!lines().every(number)) return; // some may not be changed, so that nothing changes places with them
  for (const line of lines()) {
    const field = number(line).closest(".field");
    field.hidden = !field.matches(".wrong, .clashing"); // it is sent all the same
    line.querySelector(".line-move").hidden = false;
    line.querySelector(".line-grip").addEventListener("pointerdown", (event) => drag(event, line));
    for (const button of line.querySelectorAll("[data-move]")) {
      button.addEventListener("click", () => {
        pass(line, beside(line, button.dataset.move));
        moved(line);
      });
    }
  }

  function beside(line, by) {
    const other = by < 0 ? line.previousElementSibling : line.nextElementSibling;
    return other?.matches(".line") ? other : null;
  }

  // pass moves a line past the one beside it. It is the other one that moves: so this one keeps the focus and the pointer.
  function pass(line, other) {
    if (other) line[other === line.previousElementSibling ? "after" : "before"](other);
  }

  function drag(down, line) {
    if (down.button) return; // not the first one
    const grip = down.currentTarget;
    const before = lines();
    const middle = (other) => other.getBoundingClientRect().top + other.offsetHeight / 2;
    down.preventDefault();
    grip.setPointerCapture(down.pointerId);
    line.classList.add("moving");
    grip.onpointermove = ({ clientY }) => {
      if (clientY < 60) scrollBy(0, -20);
      if (clientY > innerHeight - 60) scrollBy(0, 20);
      const [above, below] = [beside(line, -1), beside(line, 1)];
      if (above && clientY < middle(above)) pass(line, above);
      else if (below && clientY > middle(below)) pass(line, below);
    };
    grip.onlostpointercapture = () => {
      grip.onpointermove = grip.onlostpointercapture = null;
      line.classList.remove("moving");
      if (lines().some((other, i) => other !== before[i])) moved(line);
    };
  }

  // moved gives the lines numbers in their order: those that there are, as far as they go. A last line without one stays so, as it comes last
  // anyway.
  function moved(line) {
    const all = lines();
    const controls = all.map(number);
    const count = controls.at(-1).value === "" ? all.length - 1 : all.length;
    const values = controls.map((control) => control.value).filter((value) => value !== "" && Number.isSafeInteger(Number(value))).map(Number);
    values.sort((a, b) => a - b);
    for (let i = 0; i < count; i += 1) {
      const next = i ? values[i - 1] + 1 : 1;
      values[i] = i < values.length ? Math.max(values[i], i ? next : -Infinity) : next;
      controls[i].value = values[i];
    }
    plain(list.closest("form")).dispatchEvent(new Event("change", { bubbles: true }));
    say(`Now ${all.indexOf(line) + 1} of ${all.length}.`);
  }
}
