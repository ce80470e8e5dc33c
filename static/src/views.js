// Views: which one a list shows is marked anew when htmx has replaced its rows.
const said = (query) => {
  const all = new URLSearchParams(query);
  if (all.get("size") === document.getElementById("views")?.dataset.size) all.delete("size");
  for (const [name, value] of [...all]) if (!value) all.delete(name);
  all.sort();
  return all.toString();
};

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "list") return;
  const links = [...document.querySelectorAll(".view-link[data-view]")];
  const fields = [...document.querySelectorAll('#list input[form="view-form"]')];
  const now = said(fields.map((field) => [field.name, field.value]));
  const current = links.find((link) => said(link.dataset.view) === now);
  for (const link of links) link.toggleAttribute("aria-current", false);
  if (current) current.setAttribute("aria-current", "page");
});
