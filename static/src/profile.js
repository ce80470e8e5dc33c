// Finds among the permissions that a token can be given: each word has to be in the table's name or in the action's.
const find = document.querySelector("[data-find=grants]");

if (find) {
  const groups = [...document.querySelectorAll(".grant-group")];
  const none = document.querySelector(".grants-none");
  find.parentElement.hidden = false;
  find.addEventListener("input", () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const group of groups) {
      const title = group.querySelector("legend").textContent.toLowerCase();
      let shown = 0;
      for (const choice of group.querySelectorAll("label")) {
        const text = `${title} ${choice.textContent.toLowerCase()} ${choice.firstElementChild.value}`;
        choice.hidden = !words.every((word) => text.includes(word));
        if (!choice.hidden) shown += 1;
      }
      group.hidden = shown === 0;
    }
    none.hidden = groups.some((group) => !group.hidden);
  });
  // Enter looks, and does not send the form.
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
