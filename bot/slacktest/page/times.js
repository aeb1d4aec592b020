// Times as Slack words them, in the reader's locale and the browser's zone.

const formats = new Map();

function format(locale, options) {
  const key = JSON.stringify([locale, options]);
  if (!formats.has(key)) {
    let made;
    try {
      made = new Intl.DateTimeFormat(locale || undefined, options);
    } catch {
      made = new Intl.DateTimeFormat(undefined, options);
    }
    formats.set(key, made);
  }
  return formats.get(key);
}

/** The moment of a Slack ts ("1720000000.000100") or of unix seconds. */
export function moment(ts) {
  const seconds = Number.parseFloat(ts);
  return Number.isFinite(seconds) ? new Date(seconds * 1000) : null;
}

/** Hour and minute. */
export function clock(ts, locale) {
  const at = moment(ts);
  return at ? format(locale, { hour: "numeric", minute: "2-digit" }).format(at) : "";
}

/** The full date and time, for tooltips. */
export function fullTime(ts, locale) {
  const at = moment(ts);
  return at ? format(locale, { dateStyle: "full", timeStyle: "medium" }).format(at) : "";
}

/** A key that is equal for two moments of the same day. */
export function dayKey(ts) {
  const at = moment(ts);
  return at ? `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}` : "";
}

/** "Today", "Yesterday", or weekday and date. */
export function dayName(ts, locale) {
  const at = moment(ts);
  if (!at) return "";
  const ago = daysAgo(at);
  if (ago === 0 || ago === 1) return capital(relativeDay(-ago, locale), locale);
  const options = { weekday: "long", month: "long", day: "numeric" };
  if (at.getFullYear() !== new Date().getFullYear()) options.year = "numeric";
  return capital(format(locale, options).format(at), locale);
}

function relativeDay(offset, locale) {
  try {
    return new Intl.RelativeTimeFormat(locale || undefined, { numeric: "auto" }).format(offset, "day");
  } catch {
    return offset === 0 ? "today" : "yesterday";
  }
}

function capital(text, locale) {
  try {
    return text.charAt(0).toLocaleUpperCase(locale || undefined) + text.slice(1);
  } catch {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
}

function daysAgo(at) {
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  return Math.round((midnight(new Date()) - midnight(at)) / 86_400_000);
}

/** "5 minutes ago" and the like, for the last reply of a thread. */
export function ago(ts, locale) {
  const at = moment(ts);
  if (!at) return "";
  const seconds = Math.max(0, (Date.now() - at.getTime()) / 1000);
  const steps = [["day", 86_400], ["hour", 3600], ["minute", 60]];
  for (const [unit, size] of steps) {
    if (seconds >= size) return relative(-Math.floor(seconds / size), unit, locale);
  }
  return relative(0, "second", locale);
}

function relative(n, unit, locale) {
  try {
    return new Intl.RelativeTimeFormat(locale || undefined, { numeric: "auto" }).format(n, unit);
  } catch {
    return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(n, unit);
  }
}

/** <!date^unix^template>: the template filled in, or "" when it cannot be. */
export function slackDate(unix, template, locale) {
  const at = moment(unix);
  if (!at) return "";
  const date = (options) => format(locale, options).format(at);
  const pretty = (options) => (daysAgo(at) <= 1 && daysAgo(at) >= -1 ? relativeDay(-daysAgo(at), locale) : date(options));
  const long = { weekday: "long", month: "long", day: "numeric", year: "numeric" };
  const middle = { month: "long", day: "numeric", year: "numeric" };
  const short = { month: "short", day: "numeric", year: "numeric" };
  const words = {
    date_num: () => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`,
    date: () => date(middle),
    date_slash: () => date({ month: "2-digit", day: "2-digit", year: "numeric" }),
    date_short: () => date(short),
    date_long: () => date(long),
    date_pretty: () => pretty(middle),
    date_short_pretty: () => pretty(short),
    date_long_pretty: () => pretty(long),
    day_divider_pretty: () => pretty({ weekday: "long", month: "long", day: "numeric" }),
    date_long_full: () => date(long),
    time: () => date({ hour: "numeric", minute: "2-digit" }),
    time_secs: () => date({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
    ago: () => ago(unix, locale),
  };
  return template.replace(/\{(\w+)\}/g, (all, name) => (words[name] ? words[name]() : all));
}

function pad(n) {
  return String(n).padStart(2, "0");
}
