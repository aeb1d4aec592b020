// The app's Home tab, shown in the direct message with the app.

import { h, swap } from "./dom.js";
import { blocks } from "./blocks.js";

/** Shows the Home view of one person. */
export class Home {
  constructor(root) {
    this.root = root;
    this.signature = "";
    this.root.replaceChildren(h("div"));
  }

  /** Draws `view`, or a word that there is none yet. */
  update(view, ctx) {
    const signature = JSON.stringify([view || null, ctx.peopleSignature]);
    if (signature === this.signature) return;
    this.signature = signature;
    swap(this.root.firstElementChild, view ? this.draw(view, ctx) : h("p", { class: "empty" }, "The app has not published a Home tab."));
  }

  draw(view, ctx) {
    const sent = view.state && view.state.values;
    return h("div", { class: "blocks home-blocks", dataset: { testid: "home", viewId: view.id } }, blocks(view.blocks, {
      owner: view.id,
      inView: true,
      errors: {},
      ctx,
      env: (block, el) => ctx.env({ owner: view.id, block, el, view, sent }),
    }));
  }
}
