// What is said to who does not see what a script did.
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.body.append(said);

export function say(text) {
  said.textContent = text;
}
