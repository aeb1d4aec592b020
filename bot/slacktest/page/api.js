// The sandbox's JSON API. Every call resolves to the answer; one that cannot
// be reached resolves to {ok: false, error: "unreachable"}.

const WORDS = {
  dispatch_failed: "The app did not answer in time (dispatch_failed).",
  operation_timeout: "The app did not answer in time (operation_timeout).",
  not_in_channel: "You are not a member of this channel.",
  channel_not_found: "This channel does not exist any more.",
  invalid_arguments: "The sandbox did not understand this request.",
  unreachable: "The sandbox does not answer. Is it still running?",
  file_too_large: "This file is too large.",
  no_text: "There is no text to send.",
  not_supported_in_threads: "Slash commands do not work in threads.",
};

/** An error code in words. */
export function errorWords(code) {
  return Object.hasOwn(WORDS, code) ? WORDS[code] : `That did not work: ${code || "unknown error"}.`;
}

async function answer(request) {
  try {
    const response = await request;
    const text = await response.text();
    try {
      const data = JSON.parse(text);
      if (data && data.ok === undefined && !response.ok) return { ok: false, error: `status_${response.status}` };
      return data;
    } catch {
      return { ok: false, error: text.trim().slice(0, 200) || `status_${response.status}` };
    }
  } catch (err) {
    return { ok: false, error: err.name === "AbortError" ? "aborted" : "unreachable" };
  }
}

/** GET /sandbox/state. */
export function getState(as, channel, signal) {
  const query = new URLSearchParams();
  if (as) query.set("as", as);
  if (channel) query.set("channel", channel);
  return answer(fetch(`/sandbox/state?${query}`, { signal, cache: "no-store" }));
}

/** POST of a JSON body to /sandbox/<path>. */
export function post(path, body) {
  return answer(fetch(`/sandbox/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }));
}

/** POST of fields and files to /sandbox/<path>. */
export function postFiles(path, fields, files) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value) form.append(name, value);
  }
  for (const file of files) form.append("file", file, file.name);
  return answer(fetch(`/sandbox/${path}`, { method: "POST", body: form }));
}
