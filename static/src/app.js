import "./list.js";
import "./form.js";
import "./keys.js";
import "./frame.js";
