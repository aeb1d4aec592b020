// Building DOM nodes without ever parsing a string as HTML.
//
// Everything the page shows comes from people and from an app, so no module
// uses innerHTML: h, add and frag are the only ways in.

/**
 * Makes an element. Props: `class`, `dataset` (object), `on` (object of
 * listeners), `style` (object, set through CSSOM), booleans as attributes,
 * null and undefined left out. Children: nodes, strings, arrays, null.
 */
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") el.className = value;
    else if (name === "dataset") setData(el, value);
    else if (name === "on") listen(el, value);
    else if (name === "style") Object.assign(el.style, value);
    else if (name === "value" || name === "checked" || name === "selected") el[name] = value;
    else if (/^on/i.test(name)) throw new Error("listeners go into `on`");
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  add(el, children);
  return el;
}

function setData(el, data) {
  for (const [name, value] of Object.entries(data)) {
    if (value !== null && value !== undefined) el.dataset[name] = value;
  }
}

function listen(el, listeners) {
  for (const [type, fn] of Object.entries(listeners)) {
    if (fn) el.addEventListener(type, fn);
  }
}

/** Appends nodes, strings, arrays of them; skips null and false. */
export function add(el, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    el.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return el;
}

/** A document fragment of the given children. */
export function frag(...children) {
  return add(document.createDocumentFragment(), children);
}

/** The address if it is safe to put into an href or src, else null. */
export function safeURL(address, schemes = ["http:", "https:", "mailto:", "tel:"]) {
  if (typeof address !== "string" || address === "") return null;
  try {
    const url = new URL(address, window.location.href);
    return schemes.includes(url.protocol) ? address : null;
  } catch {
    return null;
  }
}

/** A link that opens in a new tab; only its label when the address is unsafe. */
export function link(address, label, props = {}) {
  const href = safeURL(address);
  if (!href) return frag(label);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer", ...props }, label);
}

const folds = new Map();

/**
 * A details element that remembers whether it is open under `key`, so that a
 * message drawn again stays as its reader left it.
 */
export function fold(key, summary, content, { open = false, ...props } = {}) {
  const box = h("details", props, h("summary", { class: "fold-summary" }, summary));
  box.open = folds.has(key) ? folds.get(key) : open;
  let filled = false;
  const fill = () => {
    if (!filled && box.open) {
      filled = true;
      add(box, typeof content === "function" ? content() : content);
    }
  };
  fill();
  box.addEventListener("toggle", () => {
    folds.set(key, box.open);
    fill();
  });
  return box;
}

const memory = new Map();

/** A value that survives drawing again (page of a table, for one). */
export function remember(key, initial) {
  return {
    get: () => (memory.has(key) ? memory.get(key) : initial),
    set: (value) => memory.set(key, value),
  };
}

/** Replaces `old` by `fresh` and puts focus and caret back where they were. */
export function swap(old, fresh) {
  const active = document.activeElement;
  const inside = active && active !== document.body && old.contains(active) ? active : null;
  const key = inside && inside.dataset ? inside.dataset.focusKey : null;
  const caret = inside && "selectionStart" in inside ? safeCaret(inside) : null;
  const scrolls = [...old.querySelectorAll("[data-scroll-key]")].map((el) => [
    el.dataset.scrollKey, el.scrollLeft, el.scrollTop,
  ]);
  old.replaceWith(fresh);
  for (const [name, left, top] of scrolls) {
    const el = fresh.querySelector(`[data-scroll-key="${CSS.escape(name)}"]`);
    if (el) {
      el.scrollLeft = left;
      el.scrollTop = top;
    }
  }
  if (!key) return;
  const target = fresh.querySelector(`[data-focus-key="${CSS.escape(key)}"]`);
  if (!target) return;
  target.focus({ preventScroll: true });
  if (caret && target.setSelectionRange) {
    try {
      target.setSelectionRange(caret[0], caret[1]);
    } catch {
      // Some input types have no caret.
    }
  }
}

function safeCaret(el) {
  try {
    return el.selectionStart === null ? null : [el.selectionStart, el.selectionEnd];
  } catch {
    return null;
  }
}
