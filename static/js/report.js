// The form's report, price and lists, asked for again whenever something was filled in. Fragments
// are replaced and entries of lists renewed; an input keeps its value, and whoever is in it stays.
import { morph } from "./morph.js";

const PAUSE = 600; // ms without typing before the portal is asked
const SECRET = new Set(["csrf", "idempotency_key", "oauth_client_secret", "password"]);
SECRET.add("password_again");

/** Follow what is typed into `form`. */
export function startChecking(form) {
  let waiting;
  let asking = new AbortController();
  const check = async (anew) => {
    clearTimeout(waiting);
    asking.abort();
    asking = new AbortController();
    await refresh(form, anew, asking.signal);
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => check(false), PAUSE);
  };
  form.addEventListener("input", soon);
  form.querySelector("[data-check]").addEventListener("click", (event) => {
    event.preventDefault();
    check(true);
  });
  check(false);
}

async function refresh(form, anew, signal) {
  const box = form.querySelector(".report");
  box.classList.add("busy");
  if (anew) tell(form.dataset.checking);
  try {
    const answer = await fetch(`${form.dataset.live}?${query(form, anew)}`, { signal });
    if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
    place(form, new DOMParser().parseFromString(await answer.text(), "text/html"));
    tell(form.querySelector(".verdict")?.textContent.trim() ?? "");
  } catch (error) {
    if (error.name === "AbortError") return;
    tell(form.dataset.unreachable);
  }
  box.classList.remove("busy");
}

/** What is in the form, secrets aside. */
function query(form, anew) {
  const sent = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (!SECRET.has(name)) sent.append(name, value);
  }
  if (anew) sent.set("anew", "1");
  return sent;
}

function place(form, fresh) {
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const here = form.querySelector(`[data-part="${part.dataset.part}"]`);
    if (here) fill(here, part);
  }
  for (const list of fresh.querySelectorAll("[data-entries]")) {
    renew(form.elements.namedItem(list.dataset.entries), list);
  }
}

/** Make what is in `here` like what is in `part`; the element itself, and focus in it, stay. */
function fill(here, part) {
  const wanted = here.cloneNode(false);
  wanted.append(...part.childNodes);
  morph(here, wanted);
}

/** New entries for a list; what is chosen in it stays chosen, even if it is no longer offered. */
function renew(select, list) {
  const chosen = select.value;
  const same = select.innerHTML.replace(/ selected(="")?/g, "");
  if (document.activeElement === select || same === list.innerHTML.replace(/ selected(="")?/g, "")) {
    return;
  }
  select.replaceChildren(...list.childNodes);
  if (![...select.options].some((option) => option.value === chosen)) {
    select.add(new Option(chosen, chosen));
  }
  select.value = chosen;
}

/** What is said already is not said again: people type, and the verdict seldom changes. */
function tell(text) {
  const told = document.querySelector("[data-told]");
  if (told.textContent !== text) told.textContent = text;
}
