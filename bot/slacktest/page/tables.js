// Tables: the `table` and `data_table` blocks and the preview of a CSV file.

import { h, frag, remember } from "./dom.js";
import { richText } from "./richtext.js";

/** A `table` block. Its first row is drawn as the head, as Slack does. */
export function tableBlock(block, ctx, elements) {
  const settings = block.column_settings || [];
  const rows = block.rows || [];
  const cell = (tag) => (c, k) => {
    const s = settings[k] || {};
    return h(tag, {
      style: { textAlign: s.align || "" },
      class: s.is_wrapped === false ? "nowrap" : null,
      scope: tag === "th" ? "col" : null,
    }, cellContent(c, ctx, elements));
  };
  return h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Table", dataset: { scrollKey: `t:${block.block_id}` } },
    h("table", { class: "table" },
      rows.length > 0 ? h("thead", null, h("tr", null, rows[0].map(cell("th")))) : null,
      h("tbody", null, rows.slice(1).map((row) => h("tr", null, row.map(cell("td")))))));
}

/** A `data_table` block: caption, head, pages of rows. */
export function dataTable(block, ctx, elements, key) {
  const rows = block.rows || [];
  const body = rows.slice(1);
  const size = Math.min(Math.max(block.page_size || 5, 1), 100);
  const pages = Math.max(1, Math.ceil(body.length / size));
  const page = remember(`page:${key}`, 0);
  const headColumn = block.row_header_column_index ?? 0;
  const box = h("figure", { class: "data-table", dataset: { testid: "data-table" } });

  const draw = (focus) => {
    const at = Math.min(page.get(), pages - 1);
    const shown = body.slice(at * size, at * size + size);
    const turn = (to, label, name) => h("button", {
      type: "button", class: "btn btn-small", disabled: to < 0 || to >= pages, "aria-label": name,
      dataset: { focusKey: `${key}:${name}` },
      on: { click: () => { page.set(to); draw(name); } },
    }, label);
    box.replaceChildren(
      h("figcaption", { class: "data-table-caption" }, block.caption || "Table"),
      h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": block.caption || "Table", dataset: { scrollKey: `d:${key}` } },
        h("table", { class: "table" },
          rows.length > 0 ? h("thead", null, h("tr", null, rows[0].map((c) => h("th", { scope: "col" }, cellContent(c, ctx, elements))))) : null,
          h("tbody", null, shown.map((row) => h("tr", null, row.map((c, k) => (k === headColumn
            ? h("th", { scope: "row", class: "row-head" }, cellContent(c, ctx, elements))
            : h("td", { class: c && c.type === "raw_number" ? "number" : null }, cellContent(c, ctx, elements))))))))),
      pages > 1 ? h("div", { class: "data-table-foot" },
        turn(at - 1, "‹", "Previous rows"),
        h("span", null, `${at * size + 1}–${at * size + shown.length} of ${body.length}`),
        turn(at + 1, "›", "Next rows")) : frag());
    if (focus) {
      const button = box.querySelector(`[aria-label="${focus}"]`);
      if (button && !button.disabled) button.focus();
    }
  };
  draw();
  return box;
}

function cellContent(cell, ctx, elements) {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "string") return cell;
  switch (cell.type) {
    case "raw_text":
      return cell.text || "";
    case "raw_number":
      return cell.text || (Number.isFinite(cell.value) ? cell.value.toLocaleString() : "");
    case "rich_text":
      return richText(cell, ctx);
    case "action_cell":
      return elements && cell.element ? elements(cell.element) : cellContent(cell.fallback, ctx, elements);
    default:
      return cell.text || "";
  }
}

/**
 * Reads delimited text: comma, semicolon or tab, whichever the first line has
 * most of. A row that the text ends in the middle of is kept only if `whole`.
 */
export function parseCSV(text, whole = true) {
  const source = text.replace(/^\uFEFF/, "");
  const sep = delimiter(source);
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  let started = false;
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (source[i + 1] === '"') cell += source[++i];
      else quoted = false;
    } else if (c === '"' && cell === "") {
      quoted = started = true;
    } else if (c === sep) {
      row.push(cell);
      cell = "";
      started = true;
    } else if (c === "\n" || c === "\r") {
      if (c === "\r" && source[i + 1] === "\n") i++;
      if (started || cell !== "") rows.push([...row, cell]);
      row = [];
      cell = "";
      started = false;
    } else {
      cell += c;
      started = true;
    }
  }
  if (whole && (started || cell !== "")) rows.push([...row, cell]);
  return rows;
}

function delimiter(text) {
  const first = text.split(/\r?\n|\r/, 1)[0].replace(/"[^"]*"/g, "");
  const count = (c) => first.split(c).length - 1;
  return [",", ";", "\t"].reduce((best, c) => (count(c) > count(best) ? c : best), ",");
}

/** The preview of a CSV file as a small table with line numbers. */
export function csvPreview(text, whole, label) {
  const rows = parseCSV(text, whole);
  const limit = 50;
  const body = rows.slice(1, limit + 1);
  const more = !whole || rows.length > limit + 1;
  return h("div", { class: "csv-preview", dataset: { testid: "csv-preview" } },
    h("div", { class: "table-wrap csv-wrap", tabindex: "0", role: "region", "aria-label": `Preview of ${label}` },
      h("table", { class: "table table-small" },
        h("thead", null, h("tr", null, h("th", { class: "line-number" }, "#"), (rows[0] || []).map((c) => h("th", { scope: "col" }, c)))),
        h("tbody", null, body.map((row, i) => h("tr", null, h("td", { class: "line-number" }, String(i + 1)), row.map((c) => h("td", null, c))))))),
    more ? h("p", { class: "muted csv-more" }, `First ${body.length} rows; download the file for all.`) : null);
}
