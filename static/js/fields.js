// What forms with a login have in common: the redirect URI to copy, a button to see a password, the
// way from the summary of what is wrong to its field, and that nothing is sent twice.

/** Prepare `form`, whose `data-show` and `data-hide` are the button's words. */
export function prepare(form) {
  previewRedirect(form);
  form.addEventListener("input", () => previewRedirect(form));
  for (const input of form.querySelectorAll('input[type="password"]')) addReveal(form, input);
  const summary = document.querySelector("#summary");
  summary?.focus();
  summary?.addEventListener("click", focusField);
  form.addEventListener("submit", (event) => submitOnce(form, event));
  addEventListener("pageshow", () => delete form.dataset.sent);
}

function previewRedirect(form) {
  form.querySelector("[data-redirect-client]").textContent =
    form.elements.namedItem("oauth_client_id").value.trim() || "CLIENT_ID";
}

function addReveal(form, input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button compact";
  button.setAttribute("aria-controls", input.id);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? form.dataset.hide : form.dataset.show;
  };
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  form.addEventListener("submit", () => show(false));
  const box = document.createElement("div");
  box.className = "revealable";
  input.replaceWith(box);
  box.append(input, button);
}

/** A link of the summary goes to the input itself, opening what hides it. */
function focusField(event) {
  const target = document.getElementById(event.target.getAttribute("href")?.slice(1));
  if (!target) return;
  event.preventDefault();
  target.closest("details")?.setAttribute("open", "");
  target.focus();
  target.scrollIntoView({ block: "center" });
}

/** A second press while the first is under way sends nothing. */
function submitOnce(form, event) {
  if (event.submitter?.hasAttribute("formaction")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "true";
}
