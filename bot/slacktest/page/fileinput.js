// The file_input element: files are uploaded as soon as they are chosen; the
// form holds their ids.

import { h } from "./dom.js";
import { sizeWords } from "./files.js";

/** Draws a file_input. */
export function fileInput(el, env) {
  const max = el.max_files || 10;
  const types = (el.filetypes || []).map((t) => t.toLowerCase().replace(/^\./, ""));
  const files = () => (env.get() || {}).files || [];
  const list = h("ul", { class: "chips", "aria-label": "Chosen files" });
  const note = h("p", { class: "file-input-note", role: "status" });
  const input = h("input", {
    type: "file", class: "visually-hidden", id: env.id, "aria-describedby": env.describedBy,
    multiple: max > 1, accept: types.length > 0 ? types.map((t) => `.${t}`).join(",") : null,
    dataset: {
      testid: env.inView ? "modal-file-input" : "block-file-input", actionId: el.action_id, blockId: env.block.block_id,
      focusKey: `${env.owner}|${env.block.block_id}|${el.action_id}`,
    },
  });
  const zone = h("label", { class: "file-zone" }, input,
    h("span", { class: "btn btn-small" }, max > 1 ? "Choose files" : "Choose a file"),
    h("span", { class: "muted" }, types.length > 0 ? `or drop here (${types.join(", ")})` : "or drop here"));

  const show = () => {
    list.replaceChildren(...files().map((f) => h("li", { class: "chip", dataset: { testid: "modal-file", name: f.name, fileId: f.id } },
      h("span", { class: "chip-name" }, f.name || f.id), f.size ? h("span", { class: "muted" }, sizeWords(f.size)) : null,
      h("button", {
        type: "button", class: "chip-remove", "aria-label": `Remove ${f.name || f.id}`,
        on: { click: () => { env.set({ type: el.type, files: files().filter((x) => x !== f) }); show(); } },
      }, "✕"))));
  };

  const take = async (chosen) => {
    const wrong = chosen.find((f) => types.length > 0 && !types.includes(extension(f.name)));
    if (wrong) {
      note.textContent = `${wrong.name} is not of an accepted type (${types.join(", ")}).`;
      return;
    }
    if (chosen.length === 0) return;
    // One file only: a new choice replaces the old one.
    const kept = max === 1 ? [] : files();
    if (kept.length + chosen.length > max) {
      note.textContent = `At most ${max} file${max === 1 ? "" : "s"}.`;
      return;
    }
    note.textContent = "Uploading…";
    zone.classList.add("is-busy");
    const answer = await env.upload(chosen);
    zone.classList.remove("is-busy");
    note.textContent = "";
    if (!answer) return;
    const added = answer.files.map((f, i) => ({
      id: typeof f === "string" ? f : f.id, name: chosen[i]?.name, size: chosen[i]?.size,
    }));
    env.set({ type: el.type, files: [...kept, ...added] });
    show();
  };

  input.addEventListener("change", async () => {
    const chosen = [...input.files];
    await take(chosen);
    input.value = "";
  });
  for (const type of ["dragenter", "dragover"]) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      event.stopPropagation();
      zone.classList.add("is-over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.remove("is-over");
    take([...event.dataTransfer.files]);
  });
  show();
  return h("div", { class: "file-input" }, zone, note, list);
}

function extension(name) {
  const at = name.lastIndexOf(".");
  return at < 0 ? "" : name.slice(at + 1).toLowerCase();
}
