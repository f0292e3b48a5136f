// The form's live parts: the address it will have, counters, and a button to see a password.
// Nothing here changes what somebody typed; a preset fills in the sizes, because it was pressed.
import { prepare } from "./fields.js";
import { startChecking } from "./report.js";

const HOST_LIMIT = 62;
const form = document.querySelector("[data-form]");
const field = (name) => form.elements.namedItem(name);

previewHost();
describeSize();
prepare(form);
field("version").addEventListener("change", showNote);
form.addEventListener("input", () => {
  previewHost();
  describeSize();
  describeComponents();
});
for (const button of form.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => fillIn(button.dataset.preset));
}
startChecking(form);
form.querySelector(".size [aria-invalid]")?.closest("details").setAttribute("open", "");

function previewHost() {
  const name = field("name").value.trim();
  const project = field("project").value.trim();
  document.querySelector("[data-host-name]").textContent = name || "NAME";
  document.querySelector("[data-host-project]").textContent = project || "PROJECT";
  const length = `${name}.endpoints.${project}.cloud.goog`.length;
  const over = length - HOST_LIMIT;
  const count = document.querySelector("[data-host-count]");
  const template = over > 0 ? count.dataset.tooLong : count.dataset.fits;
  count.hidden = !name || !project;
  count.textContent = template.replace("{length}", length).replace("{over}", over);
  count.classList.toggle("too-long", over > 0);
}

function describeSize() {
  const summary = document.querySelector("[data-size]");
  const nodes = field("nodes").value.trim();
  const template = nodes === "1" ? summary.dataset.one : summary.dataset.many;
  summary.textContent = template
    .replace("{machine}", field("machine_type").value)
    .replace("{nodes}", nodes)
    .replace("{disk}", field("disk_gb").value.trim());
}

function describeComponents() {
  const summary = document.querySelector("[data-components]");
  if (!summary) return;
  const out = form.querySelectorAll('[name="component"]:not(:checked)');
  const names = [...out].map((input) => form.querySelector(`[for="${input.id}"]`).textContent);
  summary.textContent = names.length
    ? summary.dataset.without.replace("{names}", names.join(", "))
    : summary.dataset.all;
}

/** Set the fields of a preset, adding a choice that the list lacks. */
function fillIn(preset) {
  for (const [name, value] of new URLSearchParams(preset)) {
    const input = field(name);
    const lacks = input.options && ![...input.options].some((option) => option.value === value);
    if (lacks) input.add(new Option(value, value));
    input.value = value;
  }
  form.dispatchEvent(new Event("input"));
}

/** What to know of the chosen version, beside its label. */
function showNote({ target }) {
  document.getElementById("version-hint").textContent = target.selectedOptions[0].dataset.note;
}
