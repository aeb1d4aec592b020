// The overflow element: a "…" button with a small menu.

import { h, safeURL } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Draws an overflow element; `send` gets the action's payload. */
export function overflowMenu(el, env, send) {
  return menuButton({
    label: "More actions",
    face: "⋯",
    class: "btn overflow-button",
    disabled: env.busy(el),
    dataset: {
      testid: "overflow", actionId: el.action_id, blockId: env.block.block_id,
      focusKey: `${env.owner}|${env.block.block_id}|${el.action_id}`,
    },
    items: (el.options || []).map((option) => ({
      label: textObject(option.text, env.ctx),
      more: option.description ? textObject(option.description, env.ctx) : null,
      value: option.value,
      choose: () => {
        const href = safeURL(option.url, ["http:", "https:"]);
        if (href) window.open(href, "_blank", "noopener");
        send({ selected_option: option });
      },
    })),
  });
}

/** A button that opens a menu; items: {label, more, value, choose}. */
export function menuButton({ label, face, items, ...props }) {
  const button = h("button", {
    type: "button", "aria-label": label, title: label, "aria-haspopup": "menu", "aria-expanded": "false", ...props,
  }, face);
  const box = h("span", { class: "menu-anchor" }, button);
  let menu = null;

  const close = (refocus) => {
    if (!menu) return;
    menu.remove();
    menu = null;
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (refocus) button.focus();
  };
  const outside = (event) => {
    if (!box.contains(event.target)) close(false);
  };
  const open = () => {
    menu = h("div", { class: "menu", role: "menu" }, items.map((item) => h("button", {
      type: "button", role: "menuitem", class: "menu-item", dataset: { testid: "menu-item", value: item.value },
      on: { click: () => { close(true); item.choose(); } },
    }, item.label, item.more ? h("span", { class: "choice-more" }, item.more) : null)));
    box.append(menu);
    place(menu, button);
    button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", outside, true);
    const first = menu.querySelector("button");
    if (first) first.focus();
  };
  button.addEventListener("click", () => (menu ? close(true) : open()));
  box.addEventListener("keydown", (event) => {
    if (!menu) return;
    const list = [...menu.querySelectorAll("button")];
    const at = list.indexOf(document.activeElement);
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      list[(at + step + list.length) % list.length].focus();
    } else if (event.key === "Tab") {
      close(false);
    }
  });
  return box;
}

// The menu opens where there is room, inside the nearest scrolling pane.
function place(menu, button) {
  const b = button.getBoundingClientRect();
  const m = menu.getBoundingClientRect();
  if (b.bottom + m.height + 8 > window.innerHeight && b.top > m.height) menu.classList.add("menu-up");
  if (b.left + m.width + 8 > window.innerWidth) menu.classList.add("menu-left");
}
