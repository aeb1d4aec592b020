// The `markdown` block: standard Markdown to DOM nodes, the parts that an app
// uses in a message. It is a small reader, not a whole CommonMark.

import { h, frag, link } from "./dom.js";
import { emoji } from "./emoji.js";

const FENCE = /^\s*(```+|~~~+)\s*([\w+-]*)\s*$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^\s*>\s?(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** A whole Markdown text as nodes. */
export function markdown(text) {
  return blocks(String(text).replace(/\r\n?/g, "\n").split("\n"));
}

function blocks(lines) {
  const out = frag();
  let i = 0;
  while (i < lines.length) {
    const line = lines[i];
    let match;
    if (line.trim() === "") {
      i++;
    } else if ((match = FENCE.exec(line))) {
      const end = lines.findIndex((l, k) => k > i && l.trim().startsWith(match[1]));
      const stop = end < 0 ? lines.length : end;
      out.append(h("pre", { class: "code-block" }, lines.slice(i + 1, stop).join("\n")));
      i = stop + 1;
    } else if ((match = HEADING.exec(line))) {
      // The page's own headings end at h2, so those of a message start at h3.
      out.append(h(`h${Math.min(match[1].length + 2, 6)}`, { class: `md-h md-h${match[1].length}` }, spans(match[2])));
      i++;
    } else if (RULE.test(line)) {
      out.append(h("hr"));
      i++;
    } else if (QUOTE.test(line)) {
      const inner = [];
      while (i < lines.length && (match = QUOTE.exec(lines[i]))) {
        inner.push(match[1]);
        i++;
      }
      out.append(h("blockquote", { class: "quote" }, blocks(inner)));
    } else if (ITEM.test(line)) {
      const [node, next] = list(lines, i);
      out.append(node);
      i = next;
    } else if (line.includes("|") && i + 1 < lines.length && TABLE_RULE.test(lines[i + 1])) {
      const [node, next] = table(lines, i);
      out.append(node);
      i = next;
    } else {
      const start = i;
      while (i < lines.length && lines[i].trim() !== "" && (i === start || !starts(lines[i]))) i++;
      const p = h("p", { class: "md-p" });
      lines.slice(start, i).forEach((row, k) => {
        if (k > 0) p.append(h("br"));
        p.append(spans(row.trim()));
      });
      out.append(p);
    }
  }
  return out;
}

function starts(line) {
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);
}

function list(lines, from) {
  const first = ITEM.exec(lines[from]);
  const indent = first[1].length;
  const ordered = /\d/.test(first[2]);
  const node = h(ordered ? "ol" : "ul", { class: "md-list", start: ordered ? Number.parseInt(first[2], 10) : null });
  let i = from;
  while (i < lines.length) {
    const match = ITEM.exec(lines[i]);
    if (!match || match[1].length < indent || /\d/.test(match[2]) !== ordered) break;
    const inner = [];
    let k = i + 1;
    while (k < lines.length) {
      const next = ITEM.exec(lines[k]);
      if (next && next[1].length <= indent) break;
      if (!next && (lines[k].trim() === "" || !/^\s/.test(lines[k]))) break;
      inner.push(lines[k].slice(Math.min(indent + 2, lines[k].search(/\S/))));
      k++;
    }
    const task = /^\[([ xX])\]\s+(.*)$/.exec(match[3]);
    const item = h("li", { class: task ? "md-task" : null },
      task ? h("span", { "aria-hidden": "true" }, task[1] === " " ? "☐ " : "☑ ") : null,
      spans(task ? task[2] : match[3]));
    if (inner.length > 0) item.append(blocks(inner));
    node.append(item);
    i = k;
    while (i + 1 < lines.length && lines[i].trim() === "" && ITEM.test(lines[i + 1])) i++;
  }
  return [node, i];
}

function table(lines, from) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((c) => c.trim().replace(/\\\|/g, "|"));
  const aligns = cells(lines[from + 1]).map((c) => (/^:-+:$/.test(c) ? "center" : /-:$/.test(c) ? "right" : "left"));
  const row = (line, tag) => h("tr", null, cells(line).map((c, k) =>
    h(tag, { style: { textAlign: aligns[k] || "left" } }, spans(c))));
  const body = h("tbody");
  let i = from + 2;
  while (i < lines.length && lines[i].includes("|")) body.append(row(lines[i++], "td"));
  return [h("div", { class: "table-wrap" }, h("table", { class: "table" }, h("thead", null, row(lines[from], "th")), body)), i];
}

const SPAN = new RegExp([
  /\\([\\`*_{}[\]()#+\-.!~|>])/, // 1 an escaped mark
  /(`+)(.+?)\2(?!`)/, // 2, 3 code
  /!?\[([^\]]*)\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/, // 4, 5 link or picture
  /<((?:https?:\/\/|mailto:)[^>\s]+)>/, // 6 autolink
  /(https?:\/\/[^\s<>()]*[^\s<>().,;:!?'"*_~])/, // 7 bare address
  /\*\*(?=\S)(.+?)(?<=\S)\*\*/, // 8 bold
  /__(?=\S)(.+?)(?<=\S)__(?!\w)/, // 9 bold
  /~~(?=\S)(.+?)(?<=\S)~~/, // 10 strike
  /\*(?=\S)([^*]+?)(?<=\S)\*/, // 11 italic
  /(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)/, // 12 italic
  /:([a-z0-9_+-]+):/, // 13 emoji
].map((r) => r.source).join("|"), "s");

function spans(text) {
  const out = frag();
  let rest = text;
  while (rest !== "") {
    const m = SPAN.exec(rest);
    if (!m) break;
    out.append(rest.slice(0, m.index));
    out.append(span(m));
    rest = rest.slice(m.index + m[0].length);
  }
  out.append(rest);
  return out;
}

function span(m) {
  if (m[1]) return m[1];
  if (m[3]) return h("code", { class: "code" }, m[3].trim());
  if (m[5]) return link(m[5], spans(m[4] || m[5]));
  if (m[6]) return link(m[6], m[6].replace(/^mailto:/, ""));
  if (m[7]) return link(m[7], m[7]);
  if (m[8] || m[9]) return h("strong", null, spans(m[8] || m[9]));
  if (m[10]) return h("s", null, spans(m[10]));
  if (m[11] || m[12]) return h("em", null, spans(m[11] || m[12]));
  return m[13] && emoji(m[13]) ? h("span", { class: "emoji" }, emoji(m[13])) : m[0];
}
