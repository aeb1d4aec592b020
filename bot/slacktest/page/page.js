// The page: reads the state, draws it, sends what people do.
//
// Hooks for browser tests are data-testid attributes with what tells things
// apart beside them:
//   as-switch, channel-name, conversation (data-name, data-channel-id),
//   composer, send, attach-input, pending-file (data-name), command; in a thread the
//   same with "thread-" before (thread-composer, thread-send, thread-attach-input)
//   messages, message (data-ts, data-user, data-ephemeral), replies (data-ts),
//   thread-pane, thread-messages, thread-close
//   button, select, overflow, … (data-action-id, data-block-id), menu-item
//   (data-value), confirm, confirm-ok, confirm-cancel
//   file-card (data-name), file-download, file-preview, csv-preview
//   modal (data-callback-id), modal-submit, modal-close, modal-file-input,
//   modal-file, input-error (data-block-id)
//   toast, banner, app-status (data-connected), tab-messages, tab-home, home

import { h } from "./dom.js";
import { errorWords, getState, post, postFiles } from "./api.js";
import { layered } from "./confirm.js";
import { Composer } from "./composer.js";
import { dropZone } from "./drop.js";
import { Forms } from "./forms.js";
import { Home } from "./home.js";
import { MessageList } from "./list.js";
import { author, avatar, colorOf } from "./message.js";
import { Modals } from "./modal.js";
import { safeColor } from "./richtext.js";
import { toast } from "./toast.js";

const $ = (id) => document.getElementById(id);
const view = { as: "", channel: "", thread: "", tab: "" };
const forms = new Forms();
const modals = new Modals($("modal-root"), forms);
const home = new Home($("home"));
const channelList = new MessageList($("messages"));
const threadList = new MessageList($("thread-messages"), { inThread: true });
let state = null;
let ctx = null;
let stream = null;
let lost = false;

// --- where we are: the address holds person, channel and thread ---

function readAddress() {
  const query = new URLSearchParams(window.location.search);
  view.as = query.get("as") || "";
  view.channel = query.get("channel") || "";
  view.thread = query.get("thread") || "";
  view.tab = query.get("tab") || "";
}

function writeAddress(replace) {
  const query = new URLSearchParams(window.location.search);
  for (const name of ["as", "channel", "thread", "tab"]) {
    if (view[name]) query.set(name, view[name]);
    else query.delete(name);
  }
  const address = `${window.location.pathname}?${query}`;
  if (address === window.location.pathname + window.location.search) return;
  window.history[replace ? "replaceState" : "pushState"](null, "", address);
}

function go(change) {
  Object.assign(view, change);
  writeAddress(false);
  if ("as" in change) listen();
  if ("thread" in change && !("as" in change) && !("channel" in change)) {
    draw();
    return Promise.resolve();
  }
  return refresh();
}

window.addEventListener("popstate", () => {
  const before = view.as;
  readAddress();
  if (view.as !== before) listen();
  refresh();
});

// --- state and its changes ---

let reading = null;
let again = false;

/** Reads the state and draws it; calls during a read share one more read. */
function refresh() {
  if (reading) {
    again = true;
    return reading;
  }
  reading = Promise.resolve().then(readAll);
  return reading;
}

async function readAll() {
  try {
    do {
      again = false;
      await readOnce();
    } while (again);
  } catch (err) {
    // One message that cannot be drawn must not stop the page for good.
    console.error(err);
    toast("The page could not draw everything; see the browser's console.");
  } finally {
    reading = null;
  }
}

async function readOnce() {
  const asked = { as: view.as, channel: view.channel };
  const answer = await getState(asked.as, asked.channel);
  if (asked.as !== view.as || asked.channel !== view.channel) {
    again = true;
    return;
  }
  if (!answer || answer.ok === false || !answer.me) {
    if (asked.channel || asked.as) {
      if (answer && answer.error !== "unreachable" && answer.error !== "aborted" && !state) {
        // An address from another sandbox: start over with its own people.
        Object.assign(view, { as: "", channel: "", thread: "", tab: "" });
        writeAddress(true);
        again = true;
        return;
      }
    }
    lost = true;
    drawBanner();
    return;
  }
  lost = false;
  state = answer;
  view.as = state.me.id;
  view.channel = state.channel || view.channel;
  writeAddress(true);
  draw();
}

function listen() {
  if (stream) stream.close();
  stream = new EventSource(`/sandbox/stream?${new URLSearchParams(view.as ? { as: view.as } : {})}`);
  stream.addEventListener("hello", () => { lost = false; refresh(); });
  stream.addEventListener("change", () => refresh());
  stream.addEventListener("open", () => { lost = false; drawBanner(); });
  stream.addEventListener("error", () => {
    lost = true;
    drawBanner();
    // The browser gives up after an HTTP error; keep trying.
    if (stream.readyState === EventSource.CLOSED) window.setTimeout(listen, 2000);
  });
}

// --- what the drawing modules need to know ---

function makeContext() {
  const people = new Map(state.people.map((p) => [p.id, p]));
  if (!people.has(state.me.id)) people.set(state.me.id, state.me);
  const conversations = new Map(state.conversations.map((c) => [c.id, c]));
  const all = [...people.values()];
  return {
    me: state.me,
    locale: state.me.locale || "en-US",
    people: all,
    conversations: state.conversations,
    commands: state.commands || [],
    shortcuts: state.shortcuts || [],
    peopleSignature: JSON.stringify([state.me.id, state.people, state.conversations.map((c) => [c.id, c.name]), state.shortcuts]),
    person: (id) => people.get(id) || null,
    botPerson: (id) => (id ? all.find((p) => p.bot_id === id) || null : null),
    nameOf: (id) => (people.get(id) ? people.get(id).real_name || people.get(id).name : id),
    conversation: (id) => conversations.get(id) || null,
    groupHandle: (id) => ((state.groups || []).find((g) => g.id === id) || {}).handle || id,
    openChannel: (id) => {
      const channel = conversations.get(id);
      if (channel && channel.member === false) toast(`${state.me.real_name || state.me.name} is not a member of #${channel.name}.`);
      else go({ channel: id, thread: "", tab: "" });
    },
    openThread: async (ts) => {
      await go({ thread: ts });
      threadComposer.focus();
    },
    shortcut,
    env,
    refresh,
    toast,
  };
}

// The environment of an interactive element; see elements.js.
function env({ owner, block, el, message, view: modal, sent }) {
  const busyKey = (e) => `${view.as}|${owner}|${block.block_id}|${e.action_id}`;
  const values = (message && message.state && message.state.values) || sent;
  // What somebody typed into a message is theirs alone.
  const form = modal ? owner : `${view.as}/${owner}`;
  return {
    owner,
    block,
    ctx,
    inView: Boolean(modal),
    dispatches: block.type !== "input" || Boolean(block.dispatch_action),
    get: () => forms.get(form, block, el, values),
    set: (value) => {
      forms.set(form, block, el, value);
      // What was wrong with the field is not known of its new value.
      for (const note of document.querySelectorAll('[data-testid="input-error"]')) {
        if (note.dataset.blockId === block.block_id) note.remove();
      }
    },
    busy: (e) => forms.isPending(busyKey(e)),
    upload: (files) => modals.upload(files),
    fire: async (e, payload) => {
      const key = busyKey(e);
      if (!forms.start(key)) return;
      markBusy(owner, block.block_id, e.action_id, true);
      const place = modal
        ? { view_id: modal.id }
        : { message_ts: message.ts, ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}) };
      const blocks = modal ? modal.blocks : message.blocks;
      const answer = await post("action", {
        as: view.as, channel: view.channel, ...place,
        block_id: block.block_id, action_id: e.action_id, type: e.type, ...payload,
        values: forms.all(form, blocks, values),
      });
      forms.end(key);
      markBusy(owner, block.block_id, e.action_id, false);
      if (!answer.ok) toast(errorWords(answer.error));
      await refresh();
    },
  };
}

// Everything that shows this element, in the channel, the thread or a modal.
function markBusy(owner, blockID, actionID, on) {
  const key = CSS.escape(`${owner}|${blockID}|${actionID}`);
  for (const node of document.querySelectorAll(`[data-focus-key="${key}"]`)) {
    if ("disabled" in node && ["BUTTON", "SELECT"].includes(node.tagName)) {
      const focused = document.activeElement === node;
      node.disabled = on;
      if (!on && node.dataset.hadFocus) node.focus({ preventScroll: true });
      if (on && focused) node.dataset.hadFocus = "1";
      else delete node.dataset.hadFocus;
    }
    node.classList.toggle("is-busy", on);
  }
}

// --- drawing ---

function draw() {
  if (!state) return;
  ctx = makeContext();
  const messages = gather(state.messages || []);
  const here = ctx.conversation(view.channel);
  drawSidebar();
  drawHead(here);
  drawBanner();
  announce(channelList.update(`${view.as}|${view.channel}`, messages, ctx, {
    empty: "No messages yet. Write one, drop a CSV file here, or type / for commands.",
  }));
  composer.switchTo(`${view.as}|${view.channel}`, here ? `Message ${label(here)}` : "Message");
  drawThread(messages, here);
  drawTabs(here);
  modals.update(state.views, ctx);
}

// Ephemeral answers to a thread arrive at the top level: put them into it.
function gather(messages) {
  const top = [];
  const byTs = new Map();
  const own = messages.map((m) => ({ ...m, replies: (m.replies || []).filter((r) => r.ts !== m.ts) }));
  for (const m of own) {
    if (!m.thread_ts || m.thread_ts === m.ts || m.subtype === "thread_broadcast") byTs.set(m.ts, m);
  }
  for (const m of own) {
    const parent = byTs.get(m.ts) === m ? null : byTs.get(m.thread_ts);
    if (!parent) {
      top.push(m);
    } else if (!parent.replies.some((r) => r.ts === m.ts && Boolean(r.ephemeral) === Boolean(m.ephemeral))) {
      parent.replies.push(m);
      parent.replies.sort((a, b) => Number.parseFloat(a.ts) - Number.parseFloat(b.ts));
    }
  }
  return top;
}

function label(conversation) {
  return conversation.type === "dm" ? conversation.name : `#${conversation.name}`;
}

let sidebarSignature = "";

function drawSidebar() {
  const signature = JSON.stringify([state.team, state.conversations, view.channel, state.connected]);
  if (signature === sidebarSignature) return;
  sidebarSignature = signature;
  const item = (c) => h("li", null, h("button", {
    type: "button",
    class: ["side-item", c.id === view.channel ? "is-here" : "", c.unread > 0 ? "is-unread" : "", c.member === false ? "is-outside" : ""].filter(Boolean).join(" "),
    "aria-current": c.id === view.channel ? "page" : null,
    title: c.member === false ? `${label(c)} (not a member)` : label(c),
    dataset: { testid: "conversation", channelId: c.id, name: c.name, focusKey: `side:${c.id}` },
    on: { click: () => ctx.openChannel(c.id) },
  },
  c.type === "dm"
    ? h("span", { class: state.connected ? "presence is-on" : "presence", "aria-hidden": "true" })
    : h("span", { class: "side-sign", "aria-hidden": "true" }, "#"),
  h("span", { class: "side-name" }, c.name),
  c.unread > 0 ? h("span", { class: "side-count", "aria-label": `${c.unread} unread` }, String(c.unread)) : null));
  const part = (title, list) => (list.length === 0 ? null : [h("h2", { class: "side-title" }, title), h("ul", { class: "side-list" }, list.map(item))]);
  const had = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.focusKey : "";
  const name = (state.team && state.team.name) || "Sandbox";
  const parts = [
    h("div", { class: "team" }, h("span", { class: "team-name", title: name, dataset: { testid: "team-name" } }, name), h("span", { class: "team-note" }, "sandbox")),
    part("Channels", state.conversations.filter((c) => c.type !== "dm")),
    part("Direct messages", state.conversations.filter((c) => c.type === "dm")),
    h("p", { class: "side-foot", dataset: { testid: "app-status", connected: String(Boolean(state.connected)) } },
      h("span", { class: state.connected ? "presence is-on" : "presence", "aria-hidden": "true" }), state.connected ? "App connected" : "App not connected"),
  ];
  $("sidebar").replaceChildren(...parts.flat(2).filter(Boolean));
  if (had && had.startsWith("side:")) $("sidebar").querySelector(`[data-focus-key="${CSS.escape(had)}"]`)?.focus();
}

let headSignature = "";

function drawHead(here) {
  const humans = state.people.filter((p) => !p.is_bot);
  const signature = JSON.stringify([here, humans, state.me]);
  if (signature === headSignature) return;
  headSignature = signature;
  const name = here ? label(here) : view.channel;
  $("channel-name").textContent = name;
  $("channel-name").title = name;
  $("channel-note").textContent = here && here.member === false ? "not a member" : (here && here.topic) || "";
  document.title = `${name} (${(state.team && state.team.name) || "Sandbox"})`;
  const select = $("as-switch");
  select.replaceChildren(...humans.map((p) => h("option", { value: p.id }, personWords(p))));
  select.value = state.me.id;
  const color = safeColor(state.me.color) || colorOf(state.me.id);
  const old = document.querySelector(".channel-head .avatar");
  const face = avatar(state.me.real_name || state.me.name, color, { small: true });
  if (old) old.replaceWith(face);
  else select.before(face);
}

function personWords(p) {
  const role = p.role || "";
  return [
    p.real_name || p.name,
    role,
    p.is_guest && !/guest/i.test(role) ? "guest" : "",
    p.is_stranger && !/organi[sz]ation/i.test(role) ? "other organisation" : "",
  ].filter(Boolean).join(" · ");
}

function drawBanner() {
  const words = lost ? "The connection to the sandbox is lost; trying again."
    : state && state.connected === false ? "The app is not connected: messages are kept, commands and buttons fail until it is." : "";
  $("banner").hidden = words === "";
  $("banner").classList.toggle("is-lost", lost);
  if ($("banner").textContent !== words) $("banner").textContent = words;
}

// The direct message with the app has a second tab: the app's Home.
function drawTabs(here) {
  const direct = Boolean(here && here.type === "dm");
  const atHome = direct && view.tab === "home";
  $("tabs").hidden = !direct;
  $("tab-messages").setAttribute("aria-pressed", String(!atHome));
  $("tab-home").setAttribute("aria-pressed", String(atHome));
  $("messages").hidden = atHome;
  $("composer").hidden = atHome;
  $("home").hidden = !atHome;
  if (atHome) home.update(state.home, ctx);
}

async function openHome() {
  go({ tab: "home", thread: "" });
  const answer = await post("home", { as: view.as });
  if (!answer.ok) toast(errorWords(answer.error));
  await refresh();
}

function drawThread(messages, here) {
  const parent = view.thread ? messages.find((m) => m.ts === view.thread && !m.ephemeral) : null;
  $("thread").hidden = !parent;
  $("app").classList.toggle("has-thread", Boolean(parent));
  if (!parent) {
    if (view.thread) {
      view.thread = "";
      writeAddress(true);
    }
    return;
  }
  $("thread-channel").textContent = here ? label(here) : "";
  const count = parent.replies.filter((r) => !r.ephemeral).length;
  const words = count === 0 ? "No replies yet" : `${count} ${count === 1 ? "reply" : "replies"}`;
  const head = { key: "head", signature: words, make: () => h("div", { class: "day thread-divider", role: "separator" }, h("span", null, words)) };
  announce(threadList.update(`${view.as}|${view.channel}|${parent.ts}`, [parent, ...parent.replies], ctx, { head }));
  threadComposer.switchTo(`${view.as}|${view.channel}|${parent.ts}`, "Reply…");
}

function announce(added) {
  const others = added.filter((m) => m.user !== view.as);
  if (others.length === 0) return;
  const last = others[others.length - 1];
  const text = (last.text || "").replace(/[<>*_`~]/g, " ").slice(0, 200);
  $("announcer").textContent = `${author(last, ctx).name}: ${text || "new message"}`;
}

// --- what people do ---

async function shortcut(s, message) {
  const answer = await post("shortcut", {
    as: view.as, channel: view.channel, callback_id: s.callback_id, ...(message ? { message_ts: message.ts } : {}),
  });
  if (!answer.ok) toast(errorWords(answer.error));
  await refresh();
}

// As a client of Slack does: @name of a known person becomes a mention.
function withMentions(text) {
  const names = new Map(state.people.map((p) => [p.name.toLowerCase(), p.id]));
  const wide = ["here", "channel", "everyone"];
  return text.replace(/(^|[\s(])@([\p{L}\p{N}._-]+)/gu, (all, before, name) => {
    if (wide.includes(name)) return `${before}<!${name}>`;
    const id = names.get(name.toLowerCase()) || names.get(name.toLowerCase().replace(/[._-]+$/, ""));
    return id ? `${before}<@${id}>` : all;
  });
}

async function send({ text, files }, thread) {
  const place = { as: view.as, channel: view.channel, ...(thread ? { thread_ts: thread } : {}) };
  const command = /^(\/[^\s/]+)(?:\s+([\s\S]*))?$/.exec(text.trim());
  let answer;
  if (files.length > 0) {
    answer = await postFiles("upload", { ...place, text: withMentions(text.trim()) }, files);
  } else if (command) {
    if (thread) {
      toast(errorWords("not_supported_in_threads"));
      return false;
    }
    if (!ctx.commands.some((c) => c.command === command[1])) {
      toast(`${command[1]} is not a command of this workspace.`);
      return false;
    }
    answer = await post("command", { as: view.as, channel: view.channel, command: command[1], text: (command[2] || "").trim() });
    // The command was sent; only its answer failed, as in Slack.
    if (!answer.ok) toast(`${command[1]}: ${errorWords(answer.error)}`);
    await refresh();
    return answer.ok || answer.error === "dispatch_failed" || answer.error === "operation_timeout";
  } else {
    answer = await post("message", { ...place, text: withMentions(text.trim()) });
  }
  if (!answer.ok) {
    toast(errorWords(answer.error));
    return false;
  }
  (thread ? threadList : channelList).atEnd = true;
  await refresh();
  return true;
}

const composer = new Composer($("composer"), { ctx: () => ctx, onSend: (message) => send(message, "") });
const threadComposer = new Composer($("thread-composer"), {
  prefix: "thread-", commands: false, ctx: () => ctx, onSend: (message) => send(message, view.thread),
});

dropZone($("channel-drop"), () => `Drop to attach to ${$("channel-name").textContent}`, (files) => composer.attach(files));
dropZone($("thread-drop"), () => "Drop to attach to this thread", (files) => threadComposer.attach(files));

$("as-switch").addEventListener("change", async (event) => {
  const here = ctx.conversation(view.channel);
  await go({ as: event.target.value, tab: "" });
  // Somebody else's direct message with the app is another conversation.
  const direct = here && here.type === "dm" && state.conversations.find((c) => c.type === "dm");
  if (direct && direct.id !== view.channel) ctx.openChannel(direct.id);
});

function closeThread() {
  const ts = view.thread;
  go({ thread: "" });
  const line = $("messages").querySelector(`[data-testid="replies"][data-ts="${CSS.escape(ts)}"]`);
  (line || composer).focus();
}
$("thread-close").addEventListener("click", closeThread);
$("tab-messages").addEventListener("click", () => go({ tab: "" }));
$("tab-home").addEventListener("click", openHome);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && view.thread && !layered() && $("thread").contains(document.activeElement)) closeThread();
});

readAddress();
refresh().then(() => {
  listen();
  composer.focus();
});
