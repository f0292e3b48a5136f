// Buttons with data-copy="#id": put that element's text on the clipboard, and say so briefly.

/** Listen once for all such buttons, also those that come later. */
export function startCopying() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copyText(document.querySelector(button.dataset.copy).textContent.trim(), button);
  });
}

/** Copy `text`; the button shows a tick for a moment, or selects nothing where it is refused. */
export async function copyText(text, button) {
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  button.textContent = `${(await put(text)) ? "✓" : "✕"} ${label}`;
  setTimeout(() => (button.textContent = label), 2000);
}

async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
