// A deployment's page, kept up to date by its stream of events.
import { Log } from "./log.js";
import { morph } from "./morph.js";
import { localise } from "./times.js";

const QUIET = 20_000; // ms between two announcements
const PATIENCE = 2_000; // ms without a connection before the page says so
const RETRIES = [2_000, 5_000, 10_000, 20_000, 30_000];

const root = document.querySelector("[data-events-url]");
const log = new Log(Number(root.dataset.lastSeq));
if (root.dataset.final !== "true") follow();

function follow(attempt = 0) {
  const source = new EventSource(`${root.dataset.eventsUrl}?after=${log.last}`);
  let tries = attempt;
  source.addEventListener("open", () => {
    tries = 0;
    connection("");
  });
  source.addEventListener("log", (event) => log.append(JSON.parse(event.data)));
  source.addEventListener("status", (event) => show(JSON.parse(event.data)));
  source.addEventListener("finished", () => {
    source.close();
    connection("");
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) again(tries);
    else connection("reconnecting");
  });
}

/** The browser gave up (an answer other than a stream): try a few times more, ever slower. */
function again(attempt) {
  if (attempt >= RETRIES.length) {
    connection("stopped", 0);
    return;
  }
  connection("reconnecting");
  setTimeout(() => follow(attempt + 1), RETRIES[attempt]);
}

function show(status) {
  for (const [name, html] of Object.entries(status.html)) refresh(name, html);
  log.showRecord(document.querySelector('[data-fragment="head"] .record'));
  root.dataset.state = status.state;
  document.title = `${status.title} · Kubeflow Deploy`;
  showIcon(status.state);
  if (status.announce) announce(status.announce);
}

/** Fragments come from this portal's own templates, which escape every value. */
function refresh(name, html) {
  const fragment = document.querySelector(`[data-fragment="${name}"]`);
  const wanted = document.createElement("div");
  wanted.innerHTML = html;
  localise(wanted);
  for (const { name: attribute, value } of fragment.attributes) wanted.setAttribute(attribute, value);
  const hadFocus = fragment.contains(document.activeElement);
  morph(fragment, wanted);
  if (hadFocus && !fragment.contains(document.activeElement)) stayAt(fragment);
}

/** What had focus is gone: a keyboard goes on from here, and not from the top of the page. */
function stayAt(fragment) {
  fragment.tabIndex = -1;
  fragment.focus({ preventScroll: true });
}

function showIcon(state) {
  const icon = document.querySelector('link[rel="icon"]');
  const url = icon.dataset[state] ?? icon.dataset.deploying;
  if (icon.getAttribute("href") !== url) icon.setAttribute("href", url);
}

let announcedAt = -QUIET;
let pending = "";
let timer = 0;

/** Tell a screen reader: the newest sentence, and never two within twenty seconds. */
function announce(sentence) {
  pending = sentence;
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      announcedAt = performance.now();
      document.querySelector("[data-announcer]").textContent = pending;
    },
    Math.max(0, announcedAt + QUIET - performance.now()),
  );
}

let shown = "";
let patience = 0;

/** Say how the connection is: nothing while it lives, and nothing yet about a short break. */
function connection(state, after = PATIENCE) {
  if (state === shown) return;
  shown = state;
  clearTimeout(patience);
  const line = document.querySelector("[data-connection]");
  if (!state) {
    line.hidden = true;
    return;
  }
  patience = setTimeout(() => {
    line.textContent = line.dataset[state];
    line.hidden = false;
    if (state === "stopped") announce(line.textContent);
  }, after);
}
