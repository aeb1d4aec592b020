// Slack's own markup ("mrkdwn") and plain text to DOM nodes.
//
// Text arrives with &, < and > escaped; what stands between < and > is a link,
// a mention or a date. Everything ends as text nodes and known elements.

import { h, frag, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { slackDate } from "./times.js";

const MARKS = { "*": "strong", "_": "em", "~": "s" };
const BULLET = /^(\s*)([•◦▪‣·–-]|\d{1,3}[.)])\s+(.*)$/su;

/** Undoes Slack's three escapes. */
export function unescapeText(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** A text object ({type, text, emoji, verbatim}) or a bare string, as nodes. */
export function textObject(object, ctx) {
  if (object === null || object === undefined) return frag();
  if (typeof object === "string") return plain(object);
  if (object.type === "mrkdwn") return mrkdwn(object.text || "", ctx);
  return plain(object.text || "", object.emoji !== false);
}

/** The words of a text object, without markup; for labels and titles. */
export function textOf(object) {
  const text = typeof object === "string" ? object : (object && object.text) || "";
  return unescapeText(text);
}

/** Plain text: line breaks and, unless refused, emoji names. */
export function plain(text, withEmoji = true) {
  const out = frag();
  String(text).split("\n").forEach((line, i) => {
    if (i > 0) out.append(h("br"));
    if (!withEmoji) {
      out.append(unescapeText(line));
      return;
    }
    for (const part of line.split(/(:[a-z0-9_+'-]+:)/i)) {
      if (part !== "") out.append(emojiNode(part) || unescapeText(part));
    }
  });
  return out;
}

function emojiNode(part) {
  const match = /^:([a-z0-9_+'-]+):$/i.exec(part);
  const char = match && emoji(match[1]);
  if (!char) return null;
  return h("span", { class: "emoji", role: "img", "aria-label": match[1].replace(/_/g, " "), title: part }, char);
}

/** A whole mrkdwn text: code blocks, quotes, list-like lines, inline marks. */
export function mrkdwn(text, ctx) {
  const out = frag();
  const parts = String(text).split(/```/);
  // An opening fence without an end is ordinary text.
  const closed = parts.length % 2 === 1 ? parts.length : parts.length - 1;
  let flow = "";
  for (let i = 0; i < parts.length; i++) {
    if (i >= closed) {
      flow += "```" + parts[i];
    } else if (i % 2 === 0) {
      flow += parts[i];
    } else {
      lines(out, flow.replace(/\n$/, ""), ctx);
      flow = "";
      out.append(h("pre", { class: "code-block" }, bare(parts[i].replace(/^\n|\n$/g, ""))));
      if (i + 1 < parts.length) parts[i + 1] = parts[i + 1].replace(/^\n/, "");
    }
  }
  lines(out, flow, ctx);
  return out;
}

function lines(out, text, ctx) {
  if (text === "") return;
  let quote = null;
  let needBreak = false;
  const rows = text.split("\n");
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const all = /^(?:&gt;|>){3} ?(.*)$/s.exec(row);
    if (all) {
      const rest = [all[1], ...rows.slice(i + 1)].join("\n");
      const box = h("blockquote", { class: "quote" });
      lines(box, rest, ctx);
      out.append(box);
      return;
    }
    const quoted = /^(?:&gt;|>(?!>)) ?(.*)$/s.exec(row);
    if (quoted) {
      if (quote) quote.append(h("br"));
      else out.append((quote = h("blockquote", { class: "quote" })));
      quote.append(inline(quoted[1], ctx));
      needBreak = false;
      continue;
    }
    quote = null;
    const item = BULLET.exec(row);
    if (item) {
      const depth = Math.min(Math.floor(item[1].length / 2), 4);
      out.append(h("div", { class: "bullet", style: { marginLeft: `${depth * 1.4}em` } },
        h("span", { class: "bullet-mark" }, item[2]), h("span", null, inline(item[3], ctx))));
      needBreak = false;
      continue;
    }
    if (needBreak) out.append(h("br"));
    if (row.trim() === "" && !needBreak && i > 0) {
      out.append(h("div", { class: "gap" }));
      continue;
    }
    out.append(inline(row, ctx));
    needBreak = true;
  }
}

/** One line's marks: code, links, mentions, emoji, bold, italic, strike. */
export function inline(text, ctx) {
  const out = frag();
  let from = 0;
  let i = 0;
  const flush = (to) => {
    if (to > from) out.append(unescapeText(text.slice(from, to)));
  };
  const take = (node, end) => {
    flush(i);
    out.append(node);
    i = from = end;
  };
  while (i < text.length) {
    const c = text[i];
    const rest = text.slice(i);
    let match;
    if (c === "`" && (match = /^`([^`\n]+)`/.exec(rest))) {
      take(h("code", { class: "code" }, bare(match[1])), i + match[0].length);
    } else if (c === "<" && (match = /^<([^<>\n]+)>/.exec(rest))) {
      take(angle(match[1], ctx), i + match[0].length);
    } else if (c === ":" && (match = /^:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/i.exec(rest)) && emoji(match[1])) {
      take(emojiNode(`:${match[1]}:`), i + match[0].length);
    } else if (c === "h" && !isWord(text[i - 1]) && (match = /^https?:\/\/[^\s<>|*~`]+[^\s<>|*~`.,;:!?)'"\]]/.exec(rest))) {
      take(link(unescapeText(match[0]), unescapeText(match[0])), i + match[0].length);
    } else if (MARKS[c] && (match = markEnd(text, i)) > 0) {
      take(h(MARKS[c], null, inline(text.slice(i + 1, match), ctx)), match + 1);
    } else {
      i++;
    }
  }
  flush(text.length);
  return out;
}

// A mark opens after a non-word and before a non-space, and closes the other
// way round: "2*3*4" and "snake_case_name" stay as typed.
function markEnd(text, start) {
  const mark = text[start];
  if (isWord(text[start - 1]) || text[start - 1] === mark) return -1;
  const next = text[start + 1];
  if (next === undefined || /\s/.test(next) || next === mark) return -1;
  for (let i = start + 1; i < text.length; i++) {
    const c = text[i];
    if (c === "`" || c === "<") {
      const end = text.indexOf(c === "`" ? "`" : ">", i + 1);
      if (end > 0) i = end;
      continue;
    }
    if (c === mark && !/\s/.test(text[i - 1]) && !isWord(text[i + 1]) && text[i + 1] !== mark) return i;
  }
  return -1;
}

function isWord(c) {
  return c !== undefined && /[\p{L}\p{N}]/u.test(c);
}

/** Text in which only links and escapes are undone, as inside code. */
function bare(text) {
  return unescapeText(text.replace(/<([^<>|\n]+)(?:\|([^<>\n]*))?>/g, (all, target, label) =>
    /^(https?:|mailto:)/.test(target) ? label || target : all));
}

function angle(body, ctx) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : body.slice(bar + 1);
  const kind = target[0];
  if (kind === "@") return personMention(target.slice(1), label, ctx);
  if (kind === "#") return channelMention(target.slice(1), label, ctx);
  if (kind === "!") return special(target.slice(1), label, ctx);
  const address = unescapeText(target);
  if (/^(https?|mailto|tel):/i.test(address)) {
    return link(address, label ? inlineLabel(label) : address.replace(/^mailto:/, ""));
  }
  return frag(unescapeText(`<${body}>`));
}

function inlineLabel(label) {
  return plain(label);
}

/** @name of a person; marked when it is the reader. */
export function personMention(id, label, ctx) {
  const person = ctx.person(id);
  const name = person ? person.real_name || person.name : label || id;
  return h("span", { class: id === ctx.me.id ? "mention mention-me" : "mention", dataset: { userId: id } }, `@${name}`);
}

/** #name of a channel, as a button that opens it when it is known. */
export function channelMention(id, label, ctx) {
  const channel = ctx.conversation(id);
  const name = `#${channel ? channel.name : label || id}`;
  if (!channel) return h("span", { class: "mention" }, name);
  return h("button", { type: "button", class: "mention mention-button", on: { click: () => ctx.openChannel(id) } }, name);
}

function special(body, label, ctx) {
  const [word, ...rest] = body.split("^");
  if (word === "date" && rest.length >= 2) {
    const shown = slackDate(rest[0], unescapeText(rest[1]), ctx.locale) || unescapeText(label) || rest[0];
    const node = h("time", { title: unescapeText(label) }, shown);
    return rest[2] ? link(unescapeText(rest.slice(2).join("^")), node) : node;
  }
  if (word === "subteam") return h("span", { class: "mention" }, label || `@${ctx.groupHandle(rest[0]) || "group"}`);
  if (["here", "channel", "everyone"].includes(word)) return h("span", { class: "mention mention-me" }, `@${word}`);
  return frag(label ? unescapeText(label) : unescapeText(`<!${body}>`));
}
