// What every page does: say that scripts run, localise times, copy on request.
import { startTimes } from "./times.js";
import { startCopying } from "./copy.js";

document.documentElement.classList.add("js");
startTimes();
startCopying();
