// The log: lines are appended as they come, and it follows them only while its end is in view.
import { copyText } from "./copy.js";
import { localise } from "./times.js";

const GROUP = 100; // as many as the server puts in one list, for content-visibility
const NEAR = 24; // px from the end that still count as the end

export class Log {
  #box = document.querySelector("[data-log]");
  #record = document.querySelector("[data-record]");
  #more = document.querySelector("[data-follow]");
  #template = document.querySelector("[data-line]").content;
  // A list that comes into view gets its true height only then: the end moves, and is followed.
  #heights = new ResizeObserver(() => this.#keepUp());
  #following = true;
  #top = 0;
  #unseen = 0;
  #last;

  constructor(last) {
    this.#last = last;
    this.#box.addEventListener("scroll", () => this.#scrolled());
    this.#more.addEventListener("click", () => this.#catchUp());
    this.#box.closest("details")?.addEventListener("toggle", () => this.#keepUp());
    document.querySelector("[data-copy-log]").addEventListener("click", (event) => {
      copyText(this.#text(), event.currentTarget);
    });
    addEventListener("hashchange", () => this.#mark());
    for (const group of this.#box.querySelectorAll("ol")) this.#heights.observe(group);
    if (!this.#mark() && !this.#showFailure()) this.#catchUp();
  }

  /** The number of the newest line. */
  get last() {
    return this.#last;
  }

  /** Add a line; one that is there already is left alone. */
  append(line) {
    if (line.seq <= this.#last) return;
    this.#last = line.seq;
    this.#group().append(this.#element(line));
    if (location.hash === `#e${line.seq}`) this.#mark();
    if (this.#following) this.#keepUp();
    else this.#announceUnseen(this.#unseen + 1);
  }

  /** Show the old sentence, as the head of the page has it, after the last line. */
  showRecord(record) {
    this.#record.replaceChildren(...(record ? [record.cloneNode(true)] : []));
    localise(this.#record);
    if (this.#following) this.#keepUp();
  }

  #element(line) {
    const item = this.#template.firstElementChild.cloneNode(true);
    item.id = `e${line.seq}`;
    item.classList.add(line.level, line.kind);
    const [anchor, step, text] = item.children;
    anchor.href = `#e${line.seq}`;
    anchor.firstElementChild.setAttribute("datetime", line.at);
    step.textContent = line.step ?? "";
    step.title = line.step_title ?? "";
    text.textContent = line.text;
    localise(item);
    return item;
  }

  #group() {
    const last = [...this.#box.querySelectorAll("ol")].at(-1);
    if (last && last.childElementCount < GROUP) return last;
    const group = document.createElement("ol");
    group.className = "lines";
    group.setAttribute("role", "list");
    this.#record.before(group);
    this.#heights.observe(group);
    return group;
  }

  #scrolled() {
    const left = this.#box.scrollHeight - this.#box.clientHeight - this.#box.scrollTop;
    const upwards = this.#box.scrollTop < this.#top;
    this.#top = this.#box.scrollTop;
    this.#following = left <= NEAR || (this.#following && !upwards);
    if (this.#following) this.#announceUnseen(0);
  }

  #announceUnseen(count) {
    this.#unseen = count;
    this.#more.hidden = count === 0;
    this.#more.textContent = `↓ ${this.#box.dataset.new.replace("{count}", count)}`;
  }

  #catchUp() {
    this.#following = true;
    this.#announceUnseen(0);
    this.#keepUp();
  }

  #keepUp() {
    if (this.#following) this.#box.scrollTop = this.#box.scrollHeight;
  }

  /** Bring the line that the address names into view; false if it names none. */
  #mark() {
    const line = /^#e\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!line) return false;
    this.#box.querySelector(".marked")?.classList.remove("marked");
    line.classList.add("marked");
    line.closest("details")?.setAttribute("open", "");
    this.#following = false;
    line.scrollIntoView({ block: "center" });
    return true;
  }

  /** Begin where it went wrong; false if nothing did. */
  #showFailure() {
    const line = this.#box.querySelector(".line.error");
    if (!line) return false;
    const above = line.getBoundingClientRect().top - this.#box.getBoundingClientRect().top;
    this.#box.scrollTop += above - this.#box.clientHeight / 2;
    return true;
  }

  #text() {
    return [...this.#box.querySelectorAll(".line")]
      .map((line) => [...line.children].slice(1).map((part) => part.textContent))
      .map(([step, text]) => (step ? `${step}  ${text}` : text))
      .join("\n");
  }
}
