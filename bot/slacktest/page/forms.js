// What people have chosen and typed in the blocks of messages and modals, kept
// outside the DOM so that drawing again loses nothing.

import { formElements } from "./blocks.js";
import { initialValue, isEmpty } from "./elements.js";

/** Values by owner (message key or view id), block and action. */
export class Forms {
  constructor() {
    this.values = new Map();
    this.pending = new Set();
  }

  get(owner, block, el, sent) {
    const mine = this.values.get(`${owner}|${block.block_id}|${el.action_id}`);
    if (mine !== undefined) return mine;
    const known = sent && sent[block.block_id] && sent[block.block_id][el.action_id];
    return known || initialValue(el);
  }

  set(owner, block, el, value) {
    this.values.set(`${owner}|${block.block_id}|${el.action_id}`, value);
  }

  /** The whole form in the shape of Slack's view.state.values. */
  all(owner, blocks, sent) {
    const out = {};
    for (const [block, el] of formElements(blocks)) {
      const value = this.get(owner, block, el, sent);
      if (value) (out[block.block_id] ||= {})[el.action_id] = value;
    }
    return out;
  }

  forget(owner) {
    for (const key of this.values.keys()) {
      if (key.startsWith(`${owner}|`)) this.values.delete(key);
    }
  }

  /** Marks an action as under way, so that a second click does nothing. */
  start(key) {
    if (this.pending.has(key)) return false;
    this.pending.add(key);
    return true;
  }

  end(key) {
    this.pending.delete(key);
  }

  isPending(key) {
    return this.pending.has(key);
  }
}

/** What Slack's own client refuses before it sends a modal: {block_id: text}. */
export function checkForm(blocks, values) {
  const errors = {};
  for (const [block, el] of formElements(blocks)) {
    if (block.type !== "input") continue;
    const value = (values[block.block_id] || {})[el.action_id];
    const text = value && typeof value.value === "string" ? value.value : null;
    if (isEmpty(value)) {
      if (!block.optional) errors[block.block_id] = "Please complete this required field.";
    } else if (text !== null && el.min_length && text.length < el.min_length) {
      errors[block.block_id] = `Please enter at least ${el.min_length} characters.`;
    } else if (text !== null && el.max_length && text.length > el.max_length) {
      errors[block.block_id] = `Please enter at most ${el.max_length} characters.`;
    } else if (el.type === "email_text_input" && text && !/^\S+@\S+\.\S+$/.test(text)) {
      errors[block.block_id] = "Please enter a valid email address.";
    }
  }
  return errors;
}
