// The form that adds an endpoint: nothing in it is live but what all forms with a login have.
import { prepare } from "./fields.js";

prepare(document.querySelector("[data-form]"));
