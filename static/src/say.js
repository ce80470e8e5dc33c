// What is said to who does not see what a script did.
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");

// What is said to all: that something failed which shows nothing by itself.
const warned = document.createElement("div");
warned.className = "alert alert-danger said";
warned.setAttribute("role", "alert");
document.body.append(said, warned);

export function say(text) {
  said.textContent = text;
}

// warn says a failure; "" takes it away.
export function warn(text) {
  warned.textContent = text;
}
