// Moments and lengths of time in the reader's own language and zone.
//
// The server writes `<time datetime data-format>` with UTC inside. `localise` rewrites what is
// under a root; those that move (elapsed, within, ago) are rewritten every second.

const language = document.documentElement.lang || "en";
const SECOND = 1000;
const MINUTE = 60 * SECOND;

const moments = {
  clock: new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }),
  "clock-seconds": new Intl.DateTimeFormat(language, { timeStyle: "medium" }),
  tick: new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }),
  log: new Intl.DateTimeFormat(language, { timeStyle: "medium" }),
  date: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
};
moments["tick-seconds"] = moments["clock-seconds"];

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const short = language === "ko" ? ["시간", "분", "초"] : ["h", "m", "s"];
const narrow = Intl.DurationFormat ? new Intl.DurationFormat(language, { style: "narrow" }) : null;

/** Milliseconds as `7m 31s`, `7분 31초`; hours and minutes from an hour on. */
export function duration(milliseconds) {
  const whole = Math.max(0, Math.floor(milliseconds / SECOND));
  const parts = { hours: Math.floor(whole / 3600), minutes: Math.floor((whole % 3600) / 60) };
  const seconds = whole % 60;
  if (!parts.hours && (seconds || !parts.minutes)) parts.seconds = seconds;
  if (!parts.hours) delete parts.hours;
  if (!parts.minutes) delete parts.minutes;
  return !narrow || whole === 0 ? spelled(parts) : narrow.format(parts);
}

/** What is left, as `20 minutes`; by five seconds at the end where `fine` is asked for. */
export function within(milliseconds, fine) {
  const seconds = Math.max(5, Math.ceil(milliseconds / SECOND / 5) * 5);
  return fine && seconds < 60
    ? unit(seconds, "second")
    : unit(Math.max(1, Math.ceil(milliseconds / MINUTE)), "minute");
}

/** Rewrite every time under `root`. */
export function localise(root) {
  for (const element of root.querySelectorAll("[data-format]")) rewrite(element);
}

/** Localise the page, and keep what moves up to date. */
export function startTimes() {
  localise(document);
  setInterval(() => {
    for (const element of document.querySelectorAll(MOVING)) rewrite(element);
  }, SECOND);
}

const MOVING = '[data-format="elapsed"], [data-format="within"], [data-format="ago"]';
const began = new WeakMap();

function rewrite(element) {
  const { format } = element.dataset;
  if (format === "elapsed") {
    write(element, duration(elapsed(element)));
  } else if (format === "within") {
    const left = new Date(element.dataset.until) - Date.now();
    write(element, within(left, "fine" in element.dataset));
  } else {
    const at = element.getAttribute("datetime") || element.dataset.at;
    if (at) writeMoment(element, format, new Date(at));
  }
}

function writeMoment(element, format, at) {
  if (format === "ago") {
    write(element, ago(at - Date.now()));
    element.title = moments.date.format(at);
    return;
  }
  write(element, format.startsWith("tick") ? bare(moments[format], at) : moments[format].format(at));
  if (element.localName === "time" && format !== "log") element.title = moments.date.format(at);
}

/** A clock without `AM` or `오후`: marks on an axis stand close together. */
function bare(format, at) {
  return format
    .formatToParts(at)
    .filter((part) => part.type !== "dayPeriod")
    .map((part) => part.value)
    .join("")
    .trim();
}

/** The server's count, and what has passed here since: the two clocks need not agree. */
function elapsed(element) {
  const counted = Number(element.dataset.seconds);
  const known = began.get(element);
  if (known?.counted !== counted) began.set(element, { counted, at: performance.now() });
  return counted * SECOND + performance.now() - began.get(element).at;
}

function ago(milliseconds) {
  const steps = [["day", 24 * 60 * MINUTE], ["hour", 60 * MINUTE], ["minute", MINUTE]];
  for (const [name, size] of steps) {
    if (Math.abs(milliseconds) >= size) return relative.format(Math.round(milliseconds / size), name);
  }
  return relative.format(0, "second");
}

function unit(count, name) {
  const format = { style: "unit", unit: name, unitDisplay: "long" };
  return new Intl.NumberFormat(language, format).format(count);
}

function spelled(parts) {
  const names = { hours: short[0], minutes: short[1], seconds: short[2] };
  return Object.entries(parts)
    .map(([name, value]) => `${value}${names[name]}`)
    .join(" ");
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
