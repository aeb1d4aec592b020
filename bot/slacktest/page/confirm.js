// Confirmation dialogs of elements, and what every dialog of the page shares.

import { h } from "./dom.js";
import { textObject, textOf } from "./mrkdwn.js";

const stack = [];

/**
 * Puts `node` over the page: what is below cannot be reached until the
 * returned function is called. Escape calls `onEscape`.
 */
export function openLayer(root, node, onEscape) {
  const layer = { node, onEscape, back: document.activeElement };
  stack.push(layer);
  root.append(node);
  shade();
  return () => {
    const at = stack.indexOf(layer);
    if (at < 0) return;
    stack.splice(at, 1);
    node.remove();
    shade();
    if (layer.back && layer.back.isConnected && !document.activeElement?.closest("[role=dialog]")) layer.back.focus();
  };
}

function shade() {
  const app = document.getElementById("app");
  if (app) app.inert = stack.length > 0;
  stack.forEach((layer, i) => { layer.node.inert = i < stack.length - 1; });
}

/** Whether a dialog is open. */
export function layered() {
  return stack.length > 0;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || stack.length === 0) return;
  event.preventDefault();
  stack[stack.length - 1].onEscape();
});

/** Asks as an element's `confirm` object says; resolves to true or false. */
export function confirmDialog(confirm, ctx) {
  return new Promise((resolve) => {
    const danger = confirm.style === "danger";
    let close = null;
    const answer = (value) => {
      close();
      resolve(value);
    };
    const yes = h("button", {
      type: "button", class: danger ? "btn btn-danger-full" : "btn btn-primary", dataset: { testid: "confirm-ok" },
      on: { click: () => answer(true) },
    }, textOf(confirm.confirm) || "Yes");
    const title = textOf(confirm.title) || "Are you sure?";
    const dialog = h("div", { class: "dialog dialog-small", role: "alertdialog", "aria-modal": "true", "aria-label": title, dataset: { testid: "confirm" } },
      h("h2", { class: "dialog-title dialog-head" }, title),
      h("div", { class: "dialog-body" }, textObject(confirm.text, ctx)),
      h("div", { class: "dialog-foot" },
        h("button", {
          type: "button", class: "btn", dataset: { testid: "confirm-cancel" }, on: { click: () => answer(false) },
        }, textOf(confirm.deny) || "Cancel"), yes));
    close = openLayer(document.getElementById("confirm-root"), h("div", { class: "overlay" }, dialog), () => answer(false));
    yes.focus();
  });
}
