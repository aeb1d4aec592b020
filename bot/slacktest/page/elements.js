// Interactive Block Kit elements: buttons, menus, choices and inputs.
//
// An element is drawn for an `env`, the place it stands in:
//   owner            message key or view id, part of focus keys
//   block            the block it belongs to
//   dispatches       whether a change is an action of its own
//   get(), set(v)    its value in the form, in Slack's view.state shape
//   fire(el, value)  sends the action; resolves when it was taken
//   busy(el)         whether an action of it is still under way
//   id, describedBy  for the label of an input block
//   ctx              the page

import { h, frag, safeURL } from "./dom.js";
import { textObject, textOf } from "./mrkdwn.js";
import { confirmDialog } from "./confirm.js";
import { fileInput } from "./fileinput.js";
import { overflowMenu } from "./overflow.js";

// A message can be drawn twice, in the channel and in its thread: radio groups
// need names of their own in each drawing.
let drawings = 0;

/** Draws one element. */
export function element(el, env) {
  switch (el.type) {
    case "button":
    case "workflow_button":
      return button(el, env);
    case "icon_button":
      return button({ ...el, text: el.text || { type: "plain_text", text: el.icon || "…" } }, env);
    case "feedback_buttons":
      return feedback(el, env);
    case "static_select":
    case "external_select":
    case "users_select":
    case "conversations_select":
    case "channels_select":
      return select(el, env);
    case "multi_static_select":
    case "multi_external_select":
    case "multi_users_select":
    case "multi_conversations_select":
    case "multi_channels_select":
      return multiSelect(el, env);
    case "radio_buttons":
      return choices(el, env, "radio");
    case "checkboxes":
      return choices(el, env, "checkbox");
    case "overflow":
      return overflowMenu(el, env, (payload) => act(el, env, payload));
    case "plain_text_input":
    case "rich_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input":
      return textInput(el, env);
    case "datepicker":
    case "timepicker":
    case "datetimepicker":
      return picker(el, env);
    case "file_input":
      return fileInput(el, env);
    case "image":
      return imageElement(el);
    default:
      return h("span", { class: "unknown", dataset: { testid: "unknown-element" } }, `${el.type || "element"} (not shown in the sandbox)`);
  }
}

/** The value that an element has before anybody touched it. */
export function initialValue(el) {
  const type = el.type;
  switch (type) {
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input":
      return { type, value: el.initial_value ?? null };
    case "rich_text_input":
      return { type, rich_text_value: el.initial_value ?? null };
    case "static_select":
    case "external_select":
    case "radio_buttons":
      return { type, selected_option: el.initial_option ?? null };
    case "multi_static_select":
    case "multi_external_select":
    case "checkboxes":
      return { type, selected_options: el.initial_options ?? [] };
    case "datepicker":
      return { type, selected_date: el.initial_date ?? null };
    case "timepicker":
      return { type, selected_time: el.initial_time ?? null };
    case "datetimepicker":
      return { type, selected_date_time: el.initial_date_time ?? null };
    case "users_select":
      return { type, selected_user: el.initial_user ?? null };
    case "conversations_select":
      return { type, selected_conversation: el.initial_conversation ?? null };
    case "channels_select":
      return { type, selected_channel: el.initial_channel ?? null };
    case "multi_users_select":
      return { type, selected_users: el.initial_users ?? [] };
    case "multi_conversations_select":
      return { type, selected_conversations: el.initial_conversations ?? [] };
    case "multi_channels_select":
      return { type, selected_channels: el.initial_channels ?? [] };
    case "file_input":
      return { type, files: [] };
    default:
      return null;
  }
}

/** Whether a form value is empty. */
export function isEmpty(value) {
  return Object.entries(value || {}).every(([name, v]) => name === "type" || v === null || v === undefined || v === "" || (Array.isArray(v) && v.length === 0));
}

function hooks(el, env, testid) {
  return {
    testid,
    actionId: el.action_id,
    blockId: env.block.block_id,
    focusKey: `${env.owner}|${env.block.block_id}|${el.action_id}`,
  };
}

function named(el, env) {
  return env.id ? { id: env.id, "aria-describedby": env.describedBy } : { "aria-label": textOf(el.placeholder) || el.action_id };
}

async function act(el, env, payload) {
  if (el.confirm && !(await confirmDialog(el.confirm, env.ctx))) return false;
  await env.fire(el, payload);
  return true;
}

function button(el, env) {
  const allowed = el.visible_to_user_ids;
  if (Array.isArray(allowed) && allowed.length > 0 && !allowed.includes(env.ctx.me.id)) return frag();
  const style = el.style === "primary" ? " btn-primary" : el.style === "danger" ? " btn-danger" : "";
  const href = safeURL(el.url, ["http:", "https:"]);
  const busy = env.busy(el);
  const node = h(href ? "a" : "button", {
    class: `btn${style}${busy ? " is-busy" : ""}`,
    type: href ? null : "button",
    href,
    target: href ? "_blank" : null,
    rel: href ? "noopener noreferrer" : null,
    disabled: busy && !href,
    "aria-label": el.accessibility_label,
    dataset: { ...hooks(el, env, "button"), value: el.value },
  }, textObject(el.text, env.ctx));
  node.addEventListener("click", async (event) => {
    // A confirmed link is opened only after the answer.
    if (href && el.confirm) {
      event.preventDefault();
      if (await act(el, env, { value: el.value })) window.open(href, "_blank", "noopener");
      return;
    }
    act(el, env, el.value === undefined ? {} : { value: el.value });
  });
  return node;
}

function feedback(el, env) {
  return h("span", { class: "feedback", role: "group", "aria-label": "Feedback" },
    [el.positive_button, el.negative_button].filter(Boolean).map((b) => button({
      type: "button", action_id: el.action_id, text: b.text, value: b.value, accessibility_label: b.accessibility_label,
    }, env)));
}

function imageElement(el) {
  const src = safeURL(el.image_url, ["http:", "https:", "data:"]);
  if (!src) return h("span", { class: "image-gone", role: "img", "aria-label": el.alt_text }, el.alt_text || "image");
  return h("img", { class: "element-image", src, alt: el.alt_text || "", loading: "lazy" });
}

// What can be chosen: [{value, label, group, option}]. People and channels are
// choices too; their value is the id itself.
function optionsOf(el, ctx) {
  if (/users_select$/.test(el.type)) {
    return ctx.people.map((p) => ({ value: p.id, label: p.real_name || p.name, pick: p.id }));
  }
  if (/(conversations|channels)_select$/.test(el.type)) {
    return ctx.conversations
      .filter((c) => c.type !== "dm" || /conversations/.test(el.type))
      .map((c) => ({ value: c.id, label: c.type === "dm" ? c.name : `#${c.name}`, pick: c.id }));
  }
  const groups = el.option_groups || [{ options: el.options || [] }];
  return groups.flatMap((g) => (g.options || []).map((o) => ({
    value: o.value, label: textOf(o.text), group: g.label ? textOf(g.label) : "", pick: o, option: o,
  })));
}

const PICKED = [
  [/users_select$/, "selected_user"],
  [/conversations_select$/, "selected_conversation"],
  [/channels_select$/, "selected_channel"],
  [/./, "selected_option"],
];

function pickedName(type) {
  return PICKED.find(([pattern]) => pattern.test(type))[1];
}

function valueOfPick(pick) {
  return pick && typeof pick === "object" ? pick.value : pick;
}

function select(el, env) {
  const list = optionsOf(el, env.ctx);
  const name = pickedName(el.type);
  const now = valueOfPick((env.get() || {})[name]) ?? "";
  const node = h("select", {
    class: "select", ...named(el, env), disabled: env.busy(el) || (list.length === 0 && /external/.test(el.type)),
    dataset: hooks(el, env, "select"),
  }, h("option", { value: "", disabled: !env.optional && now !== "" }, textOf(el.placeholder) || "Select an item"));
  const groups = new Map();
  for (const o of list) {
    const item = h("option", { value: o.value }, o.label);
    if (!o.group) {
      node.append(item);
      continue;
    }
    if (!groups.has(o.group)) {
      groups.set(o.group, h("optgroup", { label: o.group }));
      node.append(groups.get(o.group));
    }
    groups.get(o.group).append(item);
  }
  node.value = now;
  if (node.selectedIndex < 0) node.value = "";
  let before = node.value;
  node.addEventListener("change", async () => {
    const picked = list.find((o) => o.value === node.value);
    const value = { type: el.type, [name]: picked ? picked.pick : null };
    if (env.dispatches && picked) {
      const old = env.get();
      env.set(value);
      if (!(await act(el, env, { [name]: picked.pick }))) {
        env.set(old);
        node.value = before;
        return;
      }
    } else {
      env.set(value);
    }
    before = node.value;
  });
  return node;
}

function multiSelect(el, env) {
  const list = optionsOf(el, env.ctx);
  const name = `${pickedName(el.type)}s`;
  const picked = () => (env.get() || {})[name] || [];
  const has = (o) => picked().some((p) => valueOfPick(p) === o.value);
  const max = el.max_selected_items || Infinity;
  const words = h("span", { class: "multi-words" });
  const boxes = list.map((o) => h("input", { type: "checkbox", value: o.value, checked: has(o), dataset: { focusKey: `${hooks(el, env).focusKey}|${o.value}` } }));
  const show = () => {
    const labels = list.filter(has).map((o) => o.label);
    words.textContent = labels.length > 0 ? labels.join(", ") : textOf(el.placeholder) || "Select items";
    words.classList.toggle("is-placeholder", labels.length === 0);
    boxes.forEach((box, i) => { box.disabled = !has(list[i]) && picked().length >= max; });
  };
  let changed = false;
  const box = h("details", { class: "multi", dataset: hooks(el, env, "multi-select") },
    h("summary", { class: "multi-summary", ...named(el, env) }, words),
    h("div", { class: "multi-list", role: "group" }, list.map((o, i) => h("label", { class: "choice" }, boxes[i],
      h("span", null, o.group ? `${o.group}: ` : "", o.label)))));
  boxes.forEach((node, i) => node.addEventListener("change", () => {
    const rest = picked().filter((p) => valueOfPick(p) !== list[i].value);
    env.set({ type: el.type, [name]: node.checked ? [...rest, list[i].pick] : rest });
    changed = true;
    show();
  }));
  // Slack sends the action when the menu closes.
  box.addEventListener("toggle", () => {
    if (box.open || !changed) return;
    changed = false;
    if (env.dispatches) act(el, env, { [name]: picked() });
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) box.open = false;
  });
  show();
  return box;
}

function choices(el, env, kind) {
  const single = kind === "radio";
  const field = single ? "selected_option" : "selected_options";
  const name = `choice-${++drawings}`;
  const picked = () => {
    const v = (env.get() || {})[field];
    return single ? (v ? [v] : []) : v || [];
  };
  const group = `${env.owner}|${env.block.block_id}|${el.action_id}`;
  const options = el.options || [];
  const nodes = options.map((o) => h("input", {
    type: kind, name, value: o.value, checked: picked().some((p) => p.value === o.value),
    disabled: env.busy(el),
    dataset: { focusKey: `${group}|${o.value}`, actionId: el.action_id, blockId: env.block.block_id },
  }));
  nodes.forEach((node, i) => node.addEventListener("change", async () => {
    const old = env.get();
    const rest = picked().filter((p) => p.value !== options[i].value);
    // The order of the options, not of the clicks.
    const chosen = options.filter((o) => (o === options[i] ? node.checked : rest.some((p) => p.value === o.value)));
    env.set({ type: el.type, [field]: single ? options[i] : chosen });
    if (!env.dispatches) return;
    if (await act(el, env, single ? { selected_option: options[i] } : { selected_options: chosen })) return;
    env.set(old);
    nodes.forEach((n, k) => { n.checked = picked().some((p) => p.value === options[k].value); });
  }));
  return h("div", {
    class: "choices", role: single ? "radiogroup" : "group", "aria-labelledby": env.labelledBy, "aria-describedby": env.describedBy,
    dataset: hooks(el, env, single ? "radio-buttons" : "checkboxes"),
  }, options.map((o, i) => h("label", { class: "choice" }, nodes[i], h("span", null, textObject(o.text, env.ctx),
    o.description ? h("span", { class: "choice-more" }, textObject(o.description, env.ctx)) : null))));
}

const INPUT_TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number" };

function textInput(el, env) {
  const rich = el.type === "rich_text_input";
  const many = rich || el.multiline;
  const state = env.get() || {};
  const node = h(many ? "textarea" : "input", {
    class: "text-input", ...named(el, env),
    type: many ? null : INPUT_TYPES[el.type] || "text",
    rows: many ? 4 : null,
    placeholder: textOf(el.placeholder) || null,
    minlength: el.min_length, maxlength: el.max_length, min: el.min_value, max: el.max_value,
    step: el.type === "number_input" ? (el.is_decimal_allowed ? "any" : "1") : null,
    autocomplete: "off", spellcheck: many ? null : "false",
    dataset: hooks(el, env, "text-input"),
  });
  node.value = rich ? richWords(state.rich_text_value) : state.value ?? "";
  const store = () => env.set(rich
    ? { type: el.type, rich_text_value: richValue(node.value) }
    : { type: el.type, value: node.value === "" ? null : node.value });
  const triggers = (el.dispatch_action_config || {}).trigger_actions_on || ["on_enter_pressed"];
  const send = () => act(el, env, rich ? { rich_text_value: richValue(node.value) } : { value: node.value });
  node.addEventListener("input", () => {
    store();
    if (env.dispatches && triggers.includes("on_character_entered")) send();
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || many) return;
    if (env.dispatches && triggers.includes("on_enter_pressed")) {
      event.preventDefault();
      send();
    }
  });
  return node;
}

function richValue(text) {
  if (text === "") return null;
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] };
}

function richWords(value) {
  return ((value && value.elements) || []).map((e) => (e.elements || []).map((x) => x.text || "").join("")).join("\n");
}

function picker(el, env) {
  const kinds = {
    datepicker: ["date", "selected_date"],
    timepicker: ["time", "selected_time"],
    datetimepicker: ["datetime-local", "selected_date_time"],
  };
  const [type, name] = kinds[el.type];
  const isMoment = type === "datetime-local";
  const toInput = (v) => {
    if (v === null || v === undefined) return "";
    if (!isMoment) return v;
    const at = new Date(v * 1000);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const fromInput = (v) => (v === "" ? null : isMoment ? Math.floor(new Date(v).getTime() / 1000) : v);
  const node = h("input", { class: "text-input picker", type, ...named(el, env), disabled: env.busy(el), dataset: hooks(el, env, el.type) });
  node.value = toInput((env.get() || {})[name]);
  node.addEventListener("change", async () => {
    const value = fromInput(node.value);
    const old = env.get();
    env.set({ type: el.type, [name]: value });
    if (env.dispatches && value !== null && !(await act(el, env, { [name]: value }))) {
      env.set(old);
      node.value = toInput((old || {})[name]);
    }
  });
  return node;
}
