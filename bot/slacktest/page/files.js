// Files of a message: a card with name, size, download and a preview.

import { h, fold, safeURL } from "./dom.js";
import { csvPreview } from "./tables.js";

const PREVIEW_LENGTH = 4000;
const DECODE_LENGTH = 16_384;

/** A size in words: "812 B", "1.2 KB". */
export function sizeWords(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1000) return `${bytes} B`;
  const units = ["KB", "MB", "GB"];
  let value = bytes / 1000;
  let i = 0;
  while (value >= 999.5 && i < units.length - 1) {
    value /= 1000;
    i++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[i]}`;
}

/** The card of one file. */
export function fileCard(file, ctx) {
  if (file.mode === "tombstone") {
    return h("div", { class: "file-card file-gone", dataset: { testid: "file-card", fileId: file.id } }, "This file was deleted.");
  }
  const name = file.name || file.title || file.id || "file";
  const title = file.title && file.title !== name ? file.title : name;
  const href = safeURL(file.sandbox_url || (file.id ? `/sandbox/file/${encodeURIComponent(file.id)}?as=${encodeURIComponent(ctx.me.id)}` : ""), ["http:", "https:"]);
  const details = [title !== name ? name : "", kindWords(file, name), sizeWords(file.size)].filter(Boolean).join(" · ");
  return h("div", { class: "file-card", dataset: { testid: "file-card", name, fileId: file.id } },
    h("div", { class: "file-row" },
      h("span", { class: "file-icon", "aria-hidden": "true" }, extension(name)),
      h("div", { class: "file-words" },
        h("div", { class: "file-name", title: name }, title),
        h("div", { class: "file-details" }, details)),
      href ? h("a", {
        class: "btn btn-small file-download", href, download: name,
        "aria-label": `Download ${name}`, title: `Download ${name}`,
        dataset: { testid: "file-download", name },
      }, "Download") : null),
    preview(file, name, href));
}

function preview(file, name, href) {
  const text = file.preview;
  if (typeof text !== "string" || text === "") return null;
  const isTable = /\.(csv|tsv)$/i.test(name) || /csv/.test(file.mimetype || "") || file.filetype === "csv";
  const show = (words, whole) => (isTable ? csvPreview(words, whole, name) : h("pre", { class: "code-block file-text" }, words));
  return fold(`file:${file.id || name}`, "Preview", () => {
    const box = h("div", null, show(text, text.length < PREVIEW_LENGTH));
    // The preview is sent as UTF-8; a file in another encoding is read again.
    if (href && /[\uFFFD\0]/.test(text)) {
      readText(href).then(([words, whole]) => box.replaceChildren(show(words, whole)), () => {});
    }
    return box;
  }, { class: "file-preview", dataset: { testid: "file-preview" } });
}

// The first part of a file as text: by byte order mark, else UTF-8, else
// Windows-1252; and whether that is all of it.
async function readText(href) {
  const response = await fetch(href);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const all = new Uint8Array(await response.arrayBuffer());
  const bytes = all.subarray(0, DECODE_LENGTH);
  const decode = (label, fatal) => new TextDecoder(label, { fatal }).decode(bytes, { stream: true });
  let text;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) text = decode("utf-16le", false);
  else if (bytes[0] === 0xfe && bytes[1] === 0xff) text = decode("utf-16be", false);
  else {
    try {
      text = decode("utf-8", true);
    } catch {
      text = decode("windows-1252", false);
    }
  }
  return [text, all.length <= DECODE_LENGTH];
}

function extension(name) {
  const match = /\.([a-z0-9]{1,4})$/i.exec(name);
  return match ? match[1].toUpperCase() : "FILE";
}

function kindWords(file, name) {
  if (/\.csv$/i.test(name) || file.filetype === "csv") return "CSV";
  return file.pretty_type || file.mimetype || "";
}
