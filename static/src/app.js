import "./list.js";
import "./columns.js";
import "./bulk.js";
import "./cell.js";
import "./form.js";
import "./keys.js";
import "./frame.js";
import "./copy.js";
