// rich_text blocks: sections, lists, quotes and preformatted text.

import { h, frag, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { personMention, channelMention } from "./mrkdwn.js";
import { slackDate } from "./times.js";

/** A rich_text block or anything with its `elements`, as nodes. */
export function richText(block, ctx) {
  const out = frag();
  for (const part of (block && block.elements) || []) out.append(piece(part, ctx));
  return out;
}

function piece(part, ctx) {
  switch (part.type) {
    case "rich_text_section":
      return h("div", { class: "rt-section" }, sectionElements(part.elements, ctx));
    case "rich_text_list":
      return list(part, ctx);
    case "rich_text_quote":
      return h("blockquote", { class: "quote" }, sectionElements(part.elements, ctx));
    case "rich_text_preformatted":
      return h("pre", { class: "code-block" }, (part.elements || []).map((e) => e.text || e.url || ""));
    default:
      // A section's element standing alone, as some table cells have it.
      return element(part, ctx);
  }
}

function list(part, ctx) {
  const ordered = part.style === "ordered";
  const items = (part.elements || []).map((item) => h("li", null, item.elements ? sectionElements(item.elements, ctx) : piece(item, ctx)));
  return h(ordered ? "ol" : "ul", {
    class: "rt-list",
    start: ordered && part.offset ? part.offset + 1 : null,
    style: { marginLeft: `${(part.indent || 0) * 1.5}em` },
  }, items);
}

function sectionElements(elements, ctx) {
  const out = frag();
  for (const e of elements || []) out.append(element(e, ctx));
  return out;
}

function element(e, ctx) {
  return styled(content(e, ctx), e.style);
}

function content(e, ctx) {
  switch (e.type) {
    case "text":
      return broken(e.text || "");
    case "link":
      return link(e.url, e.text || e.url);
    case "user":
      return personMention(e.user_id, "", ctx);
    case "channel":
      return channelMention(e.channel_id, "", ctx);
    case "usergroup":
      return h("span", { class: "mention" }, `@${ctx.groupHandle(e.usergroup_id)}`);
    case "broadcast":
      return h("span", { class: "mention mention-me" }, `@${e.range}`);
    case "emoji":
      return h("span", { class: "emoji", title: `:${e.name}:` }, fromCode(e.unicode) || emoji(e.name) || `:${e.name}:`);
    case "date":
      return h("time", null, slackDate(e.timestamp, e.format || "{date_short}", ctx.locale) || e.fallback || "");
    case "color":
      return h("span", { class: "rt-color" },
        h("span", { class: "rt-swatch", style: { backgroundColor: safeColor(e.value) }, "aria-hidden": "true" }), e.value);
    default:
      return frag(e.text || e.url || `[${e.type}]`);
  }
}

function broken(text) {
  const out = frag();
  text.split("\n").forEach((line, i) => {
    if (i > 0) out.append(h("br"));
    out.append(line);
  });
  return out;
}

function styled(node, style) {
  if (!style || typeof style !== "object") return node;
  let out = node;
  if (style.code) out = h("code", { class: "code" }, out);
  if (style.bold) out = h("strong", null, out);
  if (style.italic) out = h("em", null, out);
  if (style.strike) out = h("s", null, out);
  if (style.underline) out = h("u", null, out);
  return out;
}

function fromCode(code) {
  if (!/^[0-9a-f]{2,6}(-[0-9a-f]{2,6})*$/i.test(code || "")) return null;
  try {
    return String.fromCodePoint(...code.split("-").map((c) => Number.parseInt(c, 16)));
  } catch {
    return null;
  }
}

/** A hex colour, or "" when it is something else. */
export function safeColor(value) {
  return /^#?[0-9a-f]{3}([0-9a-f]{3})?$/i.test(value || "") ? `#${value.replace("#", "")}` : "";
}
