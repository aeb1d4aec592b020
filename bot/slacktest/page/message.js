// One message: avatar, name, time, text or blocks, attachments, files,
// reactions, and the line that leads to its thread.

import { h, link } from "./dom.js";
import { blocks } from "./blocks.js";
import { emoji } from "./emoji.js";
import { fileCard } from "./files.js";
import { mrkdwn, plain, textOf, unescapeText } from "./mrkdwn.js";
import { safeColor } from "./richtext.js";
import { menuButton } from "./overflow.js";
import { ago, clock, fullTime } from "./times.js";

const COLORS = ["#4a154b", "#1264a3", "#0b6e4f", "#9c3d10", "#7a2e8e", "#2f5d62", "#8a1c4a", "#4b5320", "#34495e", "#5d4037"];

/** Who a message is from: {id, name, app, color, icon}. */
export function author(message, ctx) {
  const person = ctx.person(message.user) || ctx.botPerson(message.bot_id);
  const profile = message.bot_profile || {};
  const name = message.username || (person && (person.real_name || person.name)) || profile.name || message.user || message.bot_id || "unknown";
  return {
    id: message.user || message.bot_id || name,
    name,
    app: Boolean(message.bot_id || (person && person.is_bot)),
    color: safeColor(person && person.color) || colorOf(message.user || name),
    icon: message.icons && message.icons.emoji ? emoji(String(message.icons.emoji).replace(/:/g, "")) : null,
    person,
  };
}

/** A steady colour for an id. */
export function colorOf(id) {
  let sum = 0;
  for (const c of String(id)) sum = (sum * 31 + c.codePointAt(0)) >>> 0;
  return COLORS[sum % COLORS.length];
}

/** A square with initials. */
export function avatar(name, color, { app = false, icon = null, small = false } = {}) {
  const initials = name.split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((w) => [...w][0].toUpperCase()).join("") || "?";
  return h("span", {
    class: `avatar${small ? " avatar-small" : ""}${app ? " avatar-app" : ""}`, style: { backgroundColor: color }, "aria-hidden": "true",
  }, icon || initials);
}

/** What identifies a message in lists and form values. */
export function messageKey(message) {
  return `${message.ephemeral ? "e" : "m"}${message.ts}`;
}

/**
 * Draws a message. Options: `grouped` (same author shortly before: no head),
 * `inThread` (no line to the thread).
 */
export function messageNode(message, ctx, { grouped = false, inThread = false } = {}) {
  const who = author(message, ctx);
  const at = clock(message.ts, ctx.locale);
  const key = messageKey(message);
  const small = isNotice(message);
  const time = h("time", { class: "time", title: fullTime(message.ts, ctx.locale), datetime: isoTime(message.ts) }, at);
  return h("article", {
    class: ["message", grouped ? "is-grouped" : "", message.ephemeral ? "is-ephemeral" : "", small ? "is-notice" : ""].filter(Boolean).join(" "),
    "aria-label": `${who.name}, ${at}`,
    dataset: { testid: "message", ts: message.ts, user: who.id, ephemeral: message.ephemeral ? "true" : null, threadTs: message.thread_ts },
  },
  h("div", { class: "gutter" }, grouped ? time : avatar(who.name, who.color, who)),
  h("div", { class: "message-main" },
    message.ephemeral ? h("div", { class: "only-you", dataset: { testid: "ephemeral-note" } }, "Only visible to you") : null,
    grouped ? null : h("div", { class: "message-head" },
      h("span", { class: "author" }, who.name),
      who.app ? h("span", { class: "badge", dataset: { testid: "app-badge" } }, "APP") : null,
      who.person && who.person.is_guest ? h("span", { class: "badge" }, "GUEST") : null,
      who.person && who.person.is_stranger ? h("span", { class: "badge" }, "OTHER ORG") : null,
      time),
    content(message, ctx, key),
    (message.attachments || []).map((a) => attachment(a, message, ctx, key)),
    fileList(message, ctx),
    reactions(message, ctx),
    inThread ? null : threadLine(message, ctx)),
  toolbar(message, ctx, inThread));
}

function isoTime(ts) {
  const seconds = Number.parseFloat(ts);
  return Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : null;
}

function isNotice(message) {
  return ["channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "group_join", "group_leave"].includes(message.subtype);
}

/** Where a message's blocks stand, for blocks.js. */
export function messagePlace(message, ctx, key) {
  return {
    owner: key,
    inView: false,
    files: message.files,
    errors: {},
    ctx,
    env: (block, el) => ctx.env({ owner: key, block, el, message }),
  };
}

function content(message, ctx, key) {
  if (message.subtype === "tombstone") return h("div", { class: "text muted" }, "This message was deleted.");
  const edited = message.edited ? h("span", { class: "edited", dataset: { testid: "edited" }, title: fullTime(message.edited.ts, ctx.locale) }, " (edited)") : null;
  if ((message.blocks || []).length > 0) {
    return h("div", { class: "blocks", dataset: { testid: "message-blocks" } }, blocks(message.blocks, messagePlace(message, ctx, key)), edited);
  }
  if (!message.text && !edited) return null;
  const text = message.text || "";
  return h("div", { class: "text", dataset: { testid: "message-text" } }, message.mrkdwn === false ? plain(text) : mrkdwn(text, ctx), edited);
}

function attachment(a, message, ctx, key) {
  const color = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" }[a.color] || safeColor(a.color) || "#bbb";
  const text = (value) => (value ? h("div", null, mrkdwn(value, ctx)) : null);
  return h("div", { class: "attachment-wrap" },
    text(a.pretext),
    h("div", { class: "attachment", style: { borderLeftColor: color } },
      a.author_name ? h("div", { class: "muted" }, link(a.author_link, unescapeText(a.author_name))) : null,
      a.title ? h("div", { class: "attachment-title" }, link(a.title_link, unescapeText(a.title))) : null,
      text(a.text),
      (a.fields || []).length > 0 ? h("div", { class: "fields" }, a.fields.map((f) => h("div", { class: f.short ? "field" : "field field-wide" },
        h("strong", null, textOf(f.title)), h("div", null, mrkdwn(String(f.value ?? ""), ctx))))) : null,
      (a.blocks || []).length > 0 ? h("div", { class: "blocks" }, blocks(a.blocks, messagePlace(message, ctx, key))) : null,
      !a.text && !a.title && !(a.blocks || []).length && a.fallback ? text(a.fallback) : null,
      a.footer ? h("div", { class: "muted attachment-foot" }, unescapeText(a.footer)) : null));
}

function fileList(message, ctx) {
  const inBlocks = new Set((message.blocks || []).filter((b) => b.type === "file").map((b) => b.external_id));
  const rest = (message.files || []).filter((f) => !inBlocks.has(f.id) && !inBlocks.has(f.external_id));
  return rest.length > 0 ? h("div", { class: "files" }, rest.map((f) => fileCard(f, ctx))) : null;
}

function reactions(message, ctx) {
  const list = message.reactions || [];
  if (list.length === 0) return null;
  return h("div", { class: "reactions" }, list.map((r) => {
    const names = (r.users || []).map((id) => ctx.nameOf(id));
    const mine = (r.users || []).includes(ctx.me.id);
    const count = r.count || names.length || 1;
    const words = `${names.join(", ") || count} reacted with :${r.name}:`;
    return h("span", { class: mine ? "reaction is-mine" : "reaction", title: words, role: "img", "aria-label": words, dataset: { testid: "reaction", name: r.name } },
      h("span", { class: "emoji" }, emoji(r.name.split("::")[0]) || `:${r.name}:`), h("span", { class: "reaction-count" }, String(count)));
  }));
}

function threadLine(message, ctx) {
  const all = (message.replies || []).filter((r) => r.ts !== message.ts);
  if (all.length === 0) return null;
  const lasting = all.filter((r) => !r.ephemeral);
  const replies = lasting.length > 0 ? lasting : all;
  const words = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}${lasting.length > 0 ? "" : " only visible to you"}`;
  const people = [...new Map(replies.map((r) => author(r, ctx)).map((who) => [who.id, who])).values()].slice(0, 4);
  const last = replies[replies.length - 1];
  return h("button", {
    type: "button", class: "thread-line", dataset: { testid: "replies", ts: message.ts, focusKey: `thread:${message.ts}` },
    on: { click: () => ctx.openThread(message.ts) },
  },
  people.map((who) => avatar(who.name, who.color, { small: true, icon: who.icon })),
  h("span", { class: "thread-count" }, words),
  h("span", { class: "muted thread-last" }, `Last reply ${ago(last.ts, "en")}`));
}

function toolbar(message, ctx, inThread) {
  if (message.ephemeral) return null;
  const shortcuts = ctx.shortcuts.filter((s) => s.type === "message");
  if (inThread && shortcuts.length === 0) return null;
  return h("div", { class: "toolbar" },
    inThread ? null : h("button", {
      type: "button", class: "tool", title: "Reply in thread", "aria-label": "Reply in thread",
      dataset: { testid: "reply-in-thread", ts: message.ts, focusKey: `reply:${message.ts}` },
      on: { click: () => ctx.openThread(message.ts, true) },
    }, "Reply"),
    shortcuts.length > 0 ? menuButton({
      label: "More actions", face: "⋯", class: "tool", dataset: { testid: "message-menu", ts: message.ts, focusKey: `menu:${message.ts}` },
      items: shortcuts.map((s) => ({ label: s.name, value: s.callback_id, choose: () => ctx.shortcut(s, message) })),
    }) : null);
}
