// Modals: a stack of views, of which the top one is shown.

import { h, swap } from "./dom.js";
import { blocks, formElements } from "./blocks.js";
import { openLayer } from "./confirm.js";
import { checkForm } from "./forms.js";
import { textOf } from "./mrkdwn.js";
import { errorWords, post, postFiles } from "./api.js";

/** Shows the views of the state; one for the whole page. */
export class Modals {
  constructor(root, forms) {
    this.root = root;
    this.forms = forms;
    this.shown = null; // {id, signature, node, close}
    this.errors = new Map();
    this.trouble = new Map();
    this.sending = null;
    this.closing = new Set();
  }

  /** Draws what is open now. */
  update(views, ctx) {
    this.ctx = ctx;
    this.given = views || [];
    this.views = this.given.filter((v) => !this.closing.has(v.id));
    const top = this.views[this.views.length - 1] || null;
    if (!top) {
      if (this.shown) this.shown.close();
      this.shown = null;
      return;
    }
    const signature = JSON.stringify([top, this.views.length, this.errorsOf(top), this.trouble.get(top.id) || "", this.sending === top.id, ctx.me.id]);
    if (this.shown && this.shown.id === top.id && this.shown.signature === signature) return;
    const dialog = this.draw(top);
    if (this.shown && this.shown.id === top.id) {
      const body = this.shown.dialog.querySelector(".dialog-body");
      const at = body.scrollTop;
      swap(this.shown.dialog, dialog);
      dialog.querySelector(".dialog-body").scrollTop = at;
      Object.assign(this.shown, { dialog, signature });
      return;
    }
    if (this.shown) this.shown.close();
    const overlay = h("div", { class: "overlay" }, dialog);
    const close = openLayer(this.root, overlay, () => this.close(this.shown.id));
    this.shown = { id: top.id, signature, dialog, close };
    const first = dialog.querySelector(".dialog-body input, .dialog-body select, .dialog-body textarea, .dialog-body button") || dialog.querySelector("button");
    if (first) first.focus();
  }

  redraw() {
    this.update(this.given, this.ctx);
  }

  errorsOf(view) {
    return this.errors.get(view.id) || view.errors || {};
  }

  draw(view) {
    const ctx = this.ctx;
    const errors = this.errorsOf(view);
    const sent = view.state && view.state.values;
    const known = new Set((view.blocks || []).map((b) => b.block_id));
    const loose = Object.entries(errors).filter(([id]) => !known.has(id)).map(([, text]) => text);
    const trouble = this.trouble.get(view.id);
    const sending = this.sending === view.id;
    const inputs = formElements(view.blocks).length > 0;
    const submit = view.submit ? textOf(view.submit) : inputs ? "Submit" : null;
    const place = {
      owner: view.id,
      inView: true,
      errors,
      ctx,
      env: (block, el) => ctx.env({ owner: view.id, block, el, view, sent }),
    };
    const title = textOf(view.title) || "Dialog";
    return h("form", {
      class: "dialog modal", role: "dialog", "aria-modal": "true", "aria-label": title, novalidate: true,
      dataset: { testid: "modal", viewId: view.id, callbackId: view.callback_id },
      on: { submit: (event) => { event.preventDefault(); this.submit(view); } },
    },
    h("div", { class: "dialog-head" },
      this.views.length > 1 ? h("button", {
        type: "button", class: "icon-button", "aria-label": "Back", title: "Back", dataset: { testid: "modal-back" }, on: { click: () => this.close(view.id) },
      }, "‹") : null,
      h("h2", { class: "dialog-title", dataset: { testid: "modal-title" } }, title),
      h("button", {
        type: "button", class: "icon-button", "aria-label": "Close", title: "Close (Esc)", dataset: { testid: "modal-x" }, on: { click: () => this.closeAll() },
      }, "✕")),
    h("div", { class: "dialog-body", dataset: { testid: "modal-body" } },
      trouble || loose.length > 0 ? h("div", { class: "alert alert-error", role: "alert", dataset: { testid: "modal-trouble" } }, [trouble, ...loose].filter(Boolean).join(" ")) : null,
      h("div", { class: "blocks" }, blocks(view.blocks, place))),
    h("div", { class: "dialog-foot" },
      h("button", { type: "button", class: "btn", dataset: { testid: "modal-close" }, on: { click: () => this.close(view.id) } }, textOf(view.close) || (submit ? "Cancel" : "Close")),
      submit ? h("button", {
        type: "submit", class: `btn btn-primary${sending ? " is-busy" : ""}`, disabled: sending, dataset: { testid: "modal-submit" },
      }, submit) : null));
  }

  async submit(view) {
    if (this.sending) return;
    const values = this.forms.all(view.id, view.blocks, view.state && view.state.values);
    const mistakes = checkForm(view.blocks, values);
    this.trouble.delete(view.id);
    this.errors.set(view.id, mistakes);
    if (Object.keys(mistakes).length > 0) {
      this.redraw();
      this.focusError();
      return;
    }
    this.sending = view.id;
    this.redraw();
    const answer = await post("view/submit", { as: this.ctx.me.id, view_id: view.id, values });
    this.sending = null;
    if (answer.errors && Object.keys(answer.errors).length > 0) {
      this.errors.set(view.id, answer.errors);
    } else if (!answer.ok) {
      this.trouble.set(view.id, `We had some trouble sending this. ${errorWords(answer.error)}`);
    } else {
      this.errors.delete(view.id);
    }
    await this.ctx.refresh();
    this.redraw();
    this.focusError();
  }

  focusError() {
    const dialog = this.shown && this.shown.dialog;
    const wrong = dialog && dialog.querySelector(".has-error");
    if (!wrong) return;
    wrong.scrollIntoView({ block: "nearest" });
    const field = wrong.querySelector("input, select, textarea, button");
    if (field) field.focus({ preventScroll: true });
  }

  async close(id) {
    this.closing.add(id);
    this.forms.forget(id);
    this.errors.delete(id);
    this.trouble.delete(id);
    this.redraw();
    const answer = await post("view/close", { as: this.ctx.me.id, view_id: id });
    if (!answer.ok) this.ctx.toast(errorWords(answer.error));
    await this.ctx.refresh();
    this.closing.delete(id);
    this.redraw();
  }

  async closeAll() {
    for (const view of [...this.views].reverse()) await this.close(view.id);
  }

  /** Uploads files chosen in a view; null when it did not work. */
  async upload(files) {
    const answer = await postFiles("viewfile", { as: this.ctx.me.id }, files);
    if (answer.ok) return answer;
    this.ctx.toast(errorWords(answer.error));
    return null;
  }
}
