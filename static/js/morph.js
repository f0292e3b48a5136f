// Make one piece of the page like another, touching only what differs: focus, selection, scroll
// position and animations stay where they are, and so do the details that a reader has opened.

const KEPT = new Set(["open"]);

/** Change `from` until it is like `to`. */
export function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
    from.replaceWith(to.cloneNode(true));
  } else if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
  } else if (!from.isEqualNode(to)) {
    morphAttributes(from, to);
    morphChildren(from, to);
  }
}

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !KEPT.has(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && !KEPT.has(name)) from.setAttribute(name, value);
  }
}

function morphChildren(from, to) {
  const now = [...from.childNodes];
  const wanted = [...to.childNodes];
  wanted.forEach((child, index) => {
    if (index < now.length) morph(now[index], child);
    else from.append(child.cloneNode(true));
  });
  now.slice(wanted.length).forEach((extra) => extra.remove());
}
