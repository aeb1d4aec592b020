// The composer: text, attached files, slash commands and mentions.

import { h } from "./dom.js";
import { sizeWords } from "./files.js";
import { menuButton } from "./overflow.js";

const TALLEST = 220;

/**
 * One composer. Options: `testid` prefix ("" or "thread-"), `commands`
 * (whether slash commands work here), `onSend({text, files})` that resolves
 * to true when it was taken, and `ctx`, a function giving the page.
 */
export class Composer {
  constructor(root, { prefix = "", commands = true, onSend, ctx }) {
    this.prefix = prefix;
    this.takesCommands = commands;
    this.onSend = onSend;
    this.ctx = ctx;
    this.drafts = new Map();
    this.key = "";
    this.files = [];
    this.sending = false;
    this.choice = 0;
    this.options = [];
    this.build(root);
  }

  build(root) {
    const id = `${this.prefix}composer-input`;
    this.popup = h("div", { class: "popup", id: `${id}-popup`, role: "listbox", "aria-label": "Suggestions", hidden: true, dataset: { testid: `${this.prefix}suggestions` } });
    this.chips = h("ul", { class: "chips", "aria-label": "Files to send" });
    this.input = h("textarea", {
      id, class: "composer-input", rows: "1", autocomplete: "off", "aria-label": "Message",
      "aria-controls": `${id}-popup`, "aria-autocomplete": "list",
      dataset: { testid: `${this.prefix}composer` },
      on: {
        input: () => { this.save(); this.grow(); this.suggest(); },
        keydown: (event) => {
          this.key_(event);
          this.swallow = event.key === "Enter" && event.defaultPrevented;
        },
        keyup: () => { this.swallow = false; },
        // Remote-controlled browsers deliver the line break although the key
        // press was taken.
        beforeinput: (event) => {
          if (this.swallow && (/^insert(LineBreak|Paragraph)$/.test(event.inputType) || /^[\r\n]+$/.test(event.data || ""))) event.preventDefault();
        },
        blur: () => window.setTimeout(() => this.hidePopup(), 150),
        click: () => this.suggest(),
        paste: (event) => {
          const files = [...(event.clipboardData?.files || [])];
          if (files.length === 0) return;
          event.preventDefault();
          this.attach(files);
        },
      },
    });
    this.picker = h("input", {
      type: "file", multiple: true, class: "visually-hidden", tabindex: "-1", "aria-label": "Files to attach",
      dataset: { testid: `${this.prefix}attach-input` },
      on: { change: () => { this.attach([...this.picker.files]); this.picker.value = ""; } },
    });
    this.button = h("button", {
      type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)", dataset: { testid: `${this.prefix}send` },
    }, "➤");
    this.plus = h("span", { class: "composer-plus" });
    this.drawPlus();
    root.append(h("form", {
      class: "composer", on: { submit: (event) => { event.preventDefault(); this.send(); } },
    }, this.popup, this.chips, this.input, h("div", { class: "composer-bar" },
      h("button", {
        type: "button", class: "icon-button", "aria-label": "Attach files", title: "Attach files", dataset: { testid: `${this.prefix}attach` },
        on: { click: () => this.picker.click() },
      }, "＋"), this.picker, this.plus,
      h("span", { class: "composer-hint muted" }, "Enter sends, Shift+Enter starts a new line"), this.button)));
    this.refresh();
  }

  // Global shortcuts, when the workspace tells of any.
  drawPlus() {
    const list = this.takesCommands && this.ctx() ? this.ctx().shortcuts.filter((s) => s.type === "global") : [];
    const signature = JSON.stringify(list);
    if (signature === this.plusSignature) return;
    this.plusSignature = signature;
    this.plus.replaceChildren(...(list.length === 0 ? [] : [menuButton({
      label: "Shortcuts", face: "⚡", class: "icon-button", dataset: { testid: "shortcuts" },
      items: list.map((s) => ({ label: s.name, value: s.callback_id, choose: () => this.ctx().shortcut(s, null) })),
    })]));
  }

  /** Turns to another conversation; half-typed text stays with the old one. */
  switchTo(key, placeholder) {
    this.input.placeholder = placeholder;
    this.input.setAttribute("aria-label", placeholder);
    this.drawPlus();
    if (key === this.key) return;
    this.save();
    this.key = key;
    const draft = this.drafts.get(key) || { text: "", files: [] };
    this.input.value = draft.text;
    this.files = draft.files;
    this.hidePopup();
    this.grow();
    this.refresh();
  }

  save() {
    if (!this.key) return;
    if (this.input.value === "" && this.files.length === 0) this.drafts.delete(this.key);
    else this.drafts.set(this.key, { text: this.input.value, files: this.files });
    this.button.disabled = this.empty();
  }

  empty() {
    return this.sending || (this.input.value.trim() === "" && this.files.length === 0);
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, TALLEST)}px`;
  }

  attach(files) {
    this.files = [...this.files, ...files];
    this.save();
    this.refresh();
    this.input.focus();
  }

  refresh() {
    this.chips.hidden = this.files.length === 0;
    this.chips.replaceChildren(...this.files.map((f) => h("li", { class: "chip", dataset: { testid: `${this.prefix}pending-file`, name: f.name } },
      h("span", { class: "chip-name" }, f.name), h("span", { class: "muted" }, sizeWords(f.size)),
      h("button", {
        type: "button", class: "chip-remove", "aria-label": `Remove ${f.name}`,
        on: { click: () => { this.files = this.files.filter((x) => x !== f); this.save(); this.refresh(); this.input.focus(); } },
      }, "✕"))));
    this.button.disabled = this.empty();
    this.button.classList.toggle("is-busy", this.sending);
  }

  focus() {
    this.input.focus();
  }

  async send() {
    if (this.empty()) return;
    const key = this.key;
    const text = this.input.value;
    const files = this.files;
    this.sending = true;
    this.input.value = "";
    this.files = [];
    this.save();
    this.grow();
    this.hidePopup();
    this.refresh();
    let taken = false;
    try {
      taken = await this.onSend({ text, files });
    } finally {
      this.sending = false;
      if (!taken) this.putBack(key, text, files);
      this.refresh();
    }
  }

  // What was refused comes back, before anything typed meanwhile.
  putBack(key, text, files) {
    const draft = key === this.key ? { text: this.input.value, files: this.files } : this.drafts.get(key) || { text: "", files: [] };
    const merged = { text: draft.text ? `${text}\n${draft.text}` : text, files: [...files, ...draft.files] };
    if (key !== this.key) {
      this.drafts.set(key, merged);
      return;
    }
    this.input.value = merged.text;
    this.files = merged.files;
    this.save();
    this.grow();
  }

  key_(event) {
    if (event.isComposing) return;
    if (!this.popup.hidden && this.options.length > 0) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.choice = (this.choice + step + this.options.length) % this.options.length;
        this.markChoice();
        return;
      }
      if (event.key === "Tab" || (event.key === "Enter" && !this.options[this.choice].done)) {
        event.preventDefault();
        this.options[this.choice].take();
        return;
      }
    }
    if (event.key === "Escape" && !this.popup.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.hidePopup();
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.send();
    }
  }

  suggest() {
    const value = this.input.value;
    const caret = this.input.selectionStart;
    const slash = /^\/(\S*)$/.exec(value);
    const at = /(?:^|\s)@([\p{L}\p{N}._-]*)$/u.exec(value.slice(0, caret));
    if (slash && this.takesCommands) {
      this.showPopup(this.ctx().commands.filter((c) => c.command.startsWith(value)).map((c) => ({
        title: c.command,
        hint: c.usage_hint,
        more: c.description,
        testid: "command",
        done: c.command === value,
        take: () => this.complete(0, value.length, `${c.command} `),
      })));
      return;
    }
    const used = /^(\/\S+)\s/.exec(value);
    const command = used && this.takesCommands && this.ctx().commands.find((c) => c.command === used[1]);
    if (command) {
      this.showPopup([{ title: command.command, hint: command.usage_hint, more: command.description, testid: "command", done: true, take: () => {} }]);
      return;
    }
    if (at) {
      const typed = at[1].toLowerCase();
      this.showPopup(this.ctx().people.filter((p) => p.name.toLowerCase().startsWith(typed) || (p.real_name || "").toLowerCase().startsWith(typed)).slice(0, 8).map((p) => ({
        title: `@${p.name}`,
        more: [p.real_name, p.role].filter(Boolean).join(", "),
        testid: "mention-option",
        done: typed === p.name.toLowerCase(),
        take: () => this.complete(caret - at[1].length - 1, caret, `@${p.name} `),
      })));
      return;
    }
    this.hidePopup();
  }

  complete(from, to, text) {
    const value = this.input.value;
    this.input.value = value.slice(0, from) + text + value.slice(to);
    const caret = from + text.length;
    this.input.setSelectionRange(caret, caret);
    this.input.focus();
    this.save();
    this.grow();
    this.suggest();
  }

  showPopup(options) {
    if (options.length === 0) {
      this.hidePopup();
      return;
    }
    this.options = options;
    this.choice = 0;
    this.popup.replaceChildren(...options.map((o, i) => h("div", {
      class: "popup-item", role: "option", id: `${this.popup.id}-${i}`, dataset: { testid: o.testid, name: o.title },
      on: { pointerdown: (event) => { event.preventDefault(); o.take(); } },
    }, h("strong", null, o.title), o.hint ? h("span", { class: "popup-hint" }, ` ${o.hint}`) : null,
    o.more ? h("span", { class: "popup-more" }, o.more) : null)));
    this.popup.hidden = false;
    this.markChoice();
  }

  markChoice() {
    [...this.popup.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === this.choice)));
    this.input.setAttribute("aria-activedescendant", `${this.popup.id}-${this.choice}`);
    this.popup.children[this.choice]?.scrollIntoView({ block: "nearest" });
  }

  hidePopup() {
    this.popup.hidden = true;
    this.options = [];
    this.input.removeAttribute("aria-activedescendant");
  }
}
