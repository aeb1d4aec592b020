// Dropping files onto a pane.

import { h } from "./dom.js";

/** Makes `pane` take dropped files; `words()` labels the highlight. */
export function dropZone(pane, words, take) {
  const sign = h("div", { class: "drop-sign", "aria-hidden": "true" });
  pane.append(sign);
  let depth = 0;
  const hasFiles = (event) => [...((event.dataTransfer && event.dataTransfer.types) || [])].includes("Files");
  const over = (on) => {
    if (on) sign.textContent = words();
    pane.classList.toggle("is-over", on);
  };
  pane.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth++;
    over(true);
  });
  pane.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    over(true);
  });
  pane.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (depth === 0) over(false);
  });
  pane.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    over(false);
    const files = [...event.dataTransfer.files];
    if (files.length > 0) take(files);
  });
}

// A file that misses every pane must not replace the page.
for (const type of ["dragover", "drop"]) {
  window.addEventListener(type, (event) => {
    if (!event.defaultPrevented && [...((event.dataTransfer && event.dataTransfer.types) || [])].includes("Files")) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    }
  });
}
