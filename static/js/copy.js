// Buttons with data-copy="#id": put that element's text on the clipboard, and say so briefly.

/** Listen once for all such buttons, also those that come later. */
export function startCopying() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copyText(document.querySelector(button.dataset.copy).textContent.trim(), button);
  });
}

/** Copy `text`; the button shows for a moment whether that went well, and a sentence says so. */
export async function copyText(text, button) {
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  const copied = await put(text);
  const told = document.querySelector("[data-copying]");
  button.textContent = `${copied ? "✓" : "✕"} ${label}`;
  told.textContent = copied ? told.dataset.copied : told.dataset.refused;
  setTimeout(() => {
    button.textContent = label;
    told.textContent = "";
  }, 2000);
}

async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
