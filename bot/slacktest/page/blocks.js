// Block Kit blocks to DOM nodes. A block that is not known here is shown as a
// labelled grey box: the sandbox never hides what the app sent.
//
// `place` says where the blocks stand:
//   owner     message key or view id
//   inView    whether this is a modal
//   env(block, el)  the environment of an interactive element (elements.js)
//   errors    {block_id: text} of a refused submit
//   files     the message's files, for `file` blocks
//   ctx       the page

import { h, frag, add, fold, link, safeURL } from "./dom.js";
import { element } from "./elements.js";
import { markdown } from "./markdown.js";
import { textObject, textOf } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, tableBlock } from "./tables.js";
import { fileCard } from "./files.js";

const DRAW = {
  section, header, divider, context, actions, image, input, video, card, carousel, alert, container, layout, plan,
  file: fileBlock,
  context_actions: actions,
  rich_text: (b, place) => richText(b, place.ctx),
  markdown: (b) => markdown(b.text || ""),
  table: (b, place) => tableBlock(b, place.ctx, (el) => draw(b, el, place)),
  data_table: (b, place) => dataTable(b, place.ctx, (el) => draw(b, el, place), `${place.owner}|${b.block_id}`),
  task_card: (b, place) => taskCard(b, place),
  data_visualization: chart,
};

/** Draws a list of blocks. */
export function blocks(list, place) {
  return (list || []).map((block, i) => {
    // Slack gives every block an id; a stand-in that does not must still work.
    const b = block.block_id ? block : { ...block, block_id: `block-${i}` };
    const known = Object.hasOwn(DRAW, b.type);
    const content = known ? DRAW[b.type](b, place) : unknown(b);
    return h("div", {
      class: `block block-${known ? b.type : "unknown"}`,
      dataset: { testid: "block", blockId: b.block_id, blockType: b.type },
    }, content);
  });
}

/** The inputs and menus of blocks that belong to the form: [block, element]. */
export function formElements(list) {
  return (list || []).flatMap((block, i) => {
    const b = block.block_id ? block : { ...block, block_id: `block-${i}` };
    const found = [b.element, b.accessory, ...(Array.isArray(b.elements) && b.type === "actions" ? b.elements : [])]
      .filter((el) => el && el.action_id && !["button", "overflow", "image", "workflow_button"].includes(el.type));
    return [...found.map((el) => [b, el]), ...formElements(b.child_blocks || [])];
  });
}

function draw(block, el, place) {
  return element(el, place.env(block, el));
}

function section(b, place) {
  return [
    h("div", { class: "section-main" },
      b.text ? h("div", { class: "section-text" }, textObject(b.text, place.ctx)) : null,
      b.fields ? h("div", { class: "fields" }, b.fields.map((f) => h("div", { class: "field" }, textObject(f, place.ctx)))) : null),
    b.accessory ? h("div", { class: "accessory" }, draw(b, b.accessory, place)) : null,
  ];
}

function header(b, place) {
  const level = Math.min(Math.max(b.level || 2, 1), 4);
  return h(`h${Math.min(level + 2, 6)}`, { class: `block-heading level-${level}` }, textObject(b.text, place.ctx));
}

function divider() {
  return h("hr");
}

function context(b, place) {
  return (b.elements || []).map((el) => (el.type === "image"
    ? draw(b, el, place)
    : h("span", { class: "context-text" }, textObject(el, place.ctx))));
}

function actions(b, place) {
  return h("div", { class: "actions", role: "group" }, (b.elements || []).map((el) => draw(b, el, place)));
}

function picture(source, alt, className) {
  const src = safeURL(source, ["http:", "https:", "data:"]);
  if (!src) return h("div", { class: "image-gone", role: "img", "aria-label": alt || "image" }, alt || "image");
  return h("img", { class: className, src, alt: alt || "", loading: "lazy" });
}

function image(b, place) {
  return h("figure", { class: "figure" },
    b.title ? h("figcaption", null, textObject(b.title, place.ctx)) : null,
    picture(b.image_url, b.alt_text, "block-picture"));
}

// A message can be drawn twice, in the channel and in its thread: ids of
// labels and fields must differ.
let drawings = 0;

function input(b, place) {
  const el = b.element || {};
  const id = `input-${++drawings}`;
  const error = (place.errors || {})[b.block_id];
  const describedBy = [error ? `${id}-error` : "", b.hint ? `${id}-hint` : ""].filter(Boolean).join(" ") || null;
  const grouped = ["radio_buttons", "checkboxes"].includes(el.type);
  const env = { ...place.env(b, el), id, labelledBy: `${id}-label`, describedBy, optional: b.optional };
  return h("div", { class: error ? "input has-error" : "input" },
    h(grouped ? "div" : "label", { class: "input-label", id: `${id}-label`, for: grouped ? null : id },
      textObject(b.label, place.ctx), b.optional ? h("span", { class: "muted" }, " (optional)") : null),
    element(el, env),
    error ? h("p", { class: "input-error", id: `${id}-error`, role: "alert", dataset: { testid: "input-error", blockId: b.block_id } }, error) : null,
    b.hint ? h("p", { class: "input-hint", id: `${id}-hint` }, textObject(b.hint, place.ctx)) : null);
}

function video(b, place) {
  return h("div", { class: "card" },
    h("div", { class: "card-title" }, link(b.title_url || b.video_url, textOf(b.title))),
    b.description ? h("div", { class: "card-body" }, textObject(b.description, place.ctx)) : null,
    h("div", { class: "muted" }, [b.provider_name, "video"].filter(Boolean).join(" · ")));
}

function card(b, place) {
  const buttons = Array.isArray(b.actions) ? b.actions : (b.actions && b.actions.elements) || [];
  return h("div", { class: "card", dataset: { testid: "card" } },
    b.hero_image ? picture(b.hero_image.image_url, b.hero_image.alt_text, "card-hero") : null,
    h("div", { class: "card-head" },
      b.icon ? picture(b.icon.image_url, b.icon.alt_text, "card-icon") : null,
      h("div", null,
        b.title ? h("div", { class: "card-title" }, textObject(b.title, place.ctx)) : null,
        b.subtitle ? h("div", { class: "card-subtitle" }, textObject(b.subtitle, place.ctx)) : null)),
    b.body ? h("div", { class: "card-body" }, textObject(b.body, place.ctx)) : null,
    b.subtext ? h("div", { class: "card-subtext" }, textObject(b.subtext, place.ctx)) : null,
    buttons.length > 0 ? h("div", { class: "actions" }, buttons.map((el) => draw(b, el, place))) : null);
}

function carousel(b, place) {
  return h("div", { class: "carousel", tabindex: "0", role: "region", "aria-label": "Cards", dataset: { scrollKey: `c:${b.block_id}` } },
    (b.elements || []).map((c) => card({ ...c, block_id: c.block_id || b.block_id }, place)));
}

const ALERTS = { default: ["•", "Note"], info: ["ℹ", "Information"], warning: ["⚠", "Warning"], error: ["✕", "Error"], success: ["✓", "Done"] };

function alert(b, place) {
  const level = Object.hasOwn(ALERTS, b.level) ? b.level : "default";
  const [sign, word] = ALERTS[level];
  return h("div", { class: `alert alert-${level}`, role: "note", "aria-label": word },
    h("span", { class: "alert-sign", "aria-hidden": "true" }, sign),
    h("div", null, textObject(b.text, place.ctx)));
}

function container(b, place) {
  const children = () => blocks(b.child_blocks || b.blocks || [], place);
  const title = b.rich_text_title ? richText(b.rich_text_title, place.ctx) : b.title ? textObject(b.title, place.ctx) : null;
  const subtitle = b.subtitle ? h("span", { class: "container-subtitle" }, textObject(b.subtitle, place.ctx)) : null;
  const icon = b.icon ? picture(b.icon.image_url, b.icon.alt_text, "card-icon") : null;
  const width = ["narrow", "standard", "wide", "full"].includes(b.width) ? ` container-${b.width}` : "";
  const line = b.has_header_divider ? " has-line" : "";
  if (b.is_collapsible) {
    return fold(`container:${place.owner}|${b.block_id}`, h("span", { class: "container-head" }, icon, h("span", { class: "container-title" }, title), subtitle),
      children, { open: !b.default_collapsed, class: `container${width}${line}` });
  }
  return h("div", { class: `container${width}${line}` },
    title || subtitle ? h("div", { class: "container-head" }, icon, h("span", { class: "container-title" }, title), subtitle) : null,
    children());
}

function layout(b, place) {
  return h("div", { class: "layout", role: "group", "aria-label": b.label },
    b.is_label_visible ? h("div", { class: "layout-label" }, b.label) : null,
    (b.rows || []).map((row) => h("div", { class: "layout-row" }, (row.items || []).map((item) =>
      h("div", { class: `layout-item layout-${item.width === "narrow" ? "narrow" : "even"}` }, item.block ? blocks([item.block], place) : null)))));
}

const STATUS = {
  pending: ["○", "pending"], in_progress: ["", "in progress"], complete: ["✓", "complete"], error: ["✕", "failed"],
};

function statusMark(status) {
  const known = Object.hasOwn(STATUS, status) ? status : "pending";
  const [sign, word] = STATUS[known];
  return h("span", { class: `status status-${known}`, role: "img", "aria-label": word, title: word }, sign);
}

function taskCard(b, place, inPlan = false) {
  const more = frag(
    b.details ? h("div", { class: "task-details" }, anyText(b.details, place.ctx)) : null,
    b.output ? h("div", { class: "task-output" }, anyText(b.output, place.ctx)) : null,
    (b.sources || []).length > 0
      ? h("div", { class: "task-sources" }, b.sources.map((s) => h("span", { class: "source" }, link(s.url, s.text || s.url))))
      : null);
  const head = [statusMark(b.status), b.hide_title ? null : h("span", { class: "task-title" }, textOf(b.title))];
  const props = { class: inPlan ? "task task-in-plan" : "task task-alone", dataset: { testid: "task-card", taskId: b.task_id, status: b.status } };
  if (!more.hasChildNodes()) return h("div", props, h("div", { class: "task-head" }, head));
  return h("div", props, fold(`task:${place.owner}|${b.task_id || b.block_id}`, h("span", { class: "task-head" }, head), more, { open: true }));
}

// Rich text where Slack has it, a text object or a string where others do.
function anyText(value, ctx) {
  return value && value.elements ? richText(value, ctx) : textObject(value, ctx);
}

function plan(b, place) {
  const tasks = b.tasks || [];
  const states = tasks.map((t) => t.status || "pending");
  const done = states.filter((s) => s === "complete").length;
  const state = states.includes("error") ? "error" : states.includes("in_progress") ? "in_progress"
    : done === states.length && done > 0 ? "complete" : done > 0 ? "in_progress" : "pending";
  return fold(`plan:${place.owner}|${b.block_id}`,
    h("span", { class: "task-head" }, statusMark(state), h("span", { class: "plan-title" }, textOf(b.title)),
      h("span", { class: "muted" }, `${done}/${tasks.length}`)),
    () => tasks.map((t) => taskCard(t, place, true)),
    { open: true, class: "plan", dataset: { testid: "plan", status: state } });
}

function fileBlock(b, place) {
  const file = (place.files || []).find((f) => f.id === b.external_id || f.external_id === b.external_id || f.id === b.file_id);
  return file ? fileCard(file, place.ctx) : h("div", { class: "unknown" }, `File ${b.external_id || ""} (${b.source || "remote"})`);
}

function chart(b) {
  const c = b.chart || {};
  const rows = c.segments ? c.segments.map((s) => [s.label, s.value])
    : (c.series || []).flatMap((s) => (s.data || []).map((d) => [`${s.name} · ${d.label}`, d.value]));
  const top = Math.max(...rows.map(([, v]) => v), 1);
  return h("figure", { class: "data-table" },
    h("figcaption", { class: "data-table-caption" }, b.title || "Chart"),
    h("table", { class: "table chart" }, h("tbody", null, rows.map(([label, value]) => h("tr", null,
      h("th", { scope: "row", class: "row-head" }, label), h("td", { class: "number" }, String(value)),
      h("td", { class: "chart-cell" }, h("span", { class: "chart-bar", style: { width: `${Math.max(0, (100 * value) / top)}%` } })))))));
}

function unknown(b) {
  const { type, block_id: id, ...rest } = b;
  return h("div", { class: "unknown", dataset: { testid: "unknown-block" } },
    add(h("div", null), h("strong", null, type || "block"), ` block ${id}: not drawn by the sandbox`),
    fold(`unknown:${id}`, "What was sent", () => h("pre", { class: "code-block" }, JSON.stringify(rest, null, 2))));
}
