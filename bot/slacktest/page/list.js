// A scrolling list of messages that changes in place: only what differs is
// drawn again, and the reader's place is kept.

import { h, swap } from "./dom.js";
import { author, messageKey, messageNode } from "./message.js";
import { dayKey, dayName, moment } from "./times.js";

const GROUP_SECONDS = 300;
const NEAR_END = 60;

/** Draws into `root`. `inThread` lists have no thread lines. */
export class MessageList {
  constructor(root, { inThread = false } = {}) {
    this.root = root;
    this.inThread = inThread;
    this.items = new Map(); // key -> {node, signature}
    this.key = null;
    this.atEnd = true;
    root.addEventListener("scroll", () => { this.atEnd = this.nearEnd(); });
    // Pictures, folds and a growing composer change heights after drawing.
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(root);
  }

  nearEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.root;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.atEnd = true;
  }

  /**
   * Shows these messages. `key` names the conversation: another key starts at
   * the end. Returns the messages that are new since the last call.
   */
  update(key, messages, ctx, { head = null, empty = "" } = {}) {
    const fresh = key !== this.key;
    if (fresh) {
      this.items.clear();
      this.root.replaceChildren();
      this.key = key;
    }
    const stay = fresh || this.atEnd;
    const anchor = stay ? null : this.anchor();
    const wanted = this.plan(messages, ctx, head, empty);
    const added = this.apply(wanted);
    if (stay) this.toEnd();
    else if (anchor) this.restore(anchor);
    return fresh ? [] : added;
  }

  // The rows to show: {key, signature, make, message}.
  plan(messages, ctx, head, empty) {
    const rows = [];
    const people = ctx.peopleSignature;
    if (messages.length === 0 && empty) rows.push({ key: "empty", signature: empty, make: () => h("p", { class: "empty" }, empty) });
    let before = null;
    const used = new Map();
    messages.forEach((message, i) => {
      const day = dayKey(message.ts);
      if (!this.inThread && (!before || dayKey(before.ts) !== day)) {
        const name = dayName(message.ts, ctx.locale);
        rows.push({ key: `day:${day}`, signature: name, make: () => h("div", { class: "day", role: "separator", "aria-label": name, dataset: { testid: "day" } }, h("span", null, name)) });
        before = null;
      }
      const grouped = before !== null && this.groups(before, message, ctx);
      const { replies, ...own } = message;
      const tail = this.inThread ? [] : (replies || []).filter((r) => r.ts !== message.ts).map((r) => [r.ts, r.user, r.bot_id, r.username, r.ephemeral]);
      const base = messageKey(message);
      used.set(base, (used.get(base) || 0) + 1);
      rows.push({
        key: used.get(base) > 1 ? `${base}#${used.get(base)}` : base,
        signature: JSON.stringify([own, tail, grouped, people]),
        make: () => messageNode(message, ctx, { grouped, inThread: this.inThread }),
        message,
      });
      before = message;
      if (this.inThread && i === 0 && head) {
        rows.push(head);
        before = null;
      }
    });
    return rows;
  }

  groups(a, b, ctx) {
    if (a.ephemeral !== b.ephemeral || a.subtype === "tombstone" || (!this.inThread && (a.replies || []).length > 0)) return false;
    const [x, y] = [author(a, ctx), author(b, ctx)];
    const [s, t] = [moment(a.ts), moment(b.ts)];
    return x.id === y.id && x.name === y.name && s && t && (t - s) / 1000 < GROUP_SECONDS;
  }

  apply(rows) {
    const keep = new Set(rows.map((r) => r.key));
    for (const [key, item] of this.items) {
      if (keep.has(key)) continue;
      item.node.remove();
      this.items.delete(key);
    }
    const added = [];
    let previous = null;
    for (const row of rows) {
      let item = this.items.get(row.key);
      if (!item) {
        item = { node: row.make(), signature: row.signature };
        this.items.set(row.key, item);
        if (row.message) added.push(row.message);
      } else if (item.signature !== row.signature) {
        const node = row.make();
        swap(item.node, node);
        item.node = node;
        item.signature = row.signature;
      }
      const place = previous ? previous.nextSibling : this.root.firstChild;
      if (place !== item.node) this.root.insertBefore(item.node, place);
      previous = item.node;
    }
    return added;
  }

  /** Draws one message again even if nothing in it changed. */
  touch(key) {
    const item = this.items.get(key);
    if (item) item.signature = "";
  }

  anchor() {
    const top = this.root.getBoundingClientRect().top;
    for (const [key, item] of this.items) {
      const box = item.node.getBoundingClientRect();
      if (box.bottom > top) return { key, offset: box.top - top };
    }
    return null;
  }

  restore({ key, offset }) {
    const item = this.items.get(key);
    if (!item) return;
    const top = this.root.getBoundingClientRect().top;
    this.root.scrollTop += item.node.getBoundingClientRect().top - top - offset;
  }
}
