// Short notices over the page.

import { h } from "./dom.js";

/** Shows a notice; it goes by itself or when closed. */
export function toast(text, { seconds = 10, kind = "error" } = {}) {
  const root = document.getElementById("toasts");
  const node = h("div", { class: `toast toast-${kind}`, role: "alert", dataset: { testid: "toast" } },
    h("span", null, text),
    h("button", { type: "button", class: "toast-close", "aria-label": "Dismiss", on: { click: () => node.remove() } }, "✕"));
  root.append(node);
  while (root.children.length > 4) root.firstElementChild.remove();
  window.setTimeout(() => node.remove(), seconds * 1000);
}
