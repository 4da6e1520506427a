// Numbers and times as people read them, in the reader's own zone.

const numbers = new Intl.NumberFormat("en");
const moments = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});
const clocks = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });

export const number = (value) => numbers.format(value);
export const clock = (ms) => clocks.format(ms);

// moment is a time element.
export function moment(ms) {
  const element = document.createElement("time");
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `${ms} ms`;
  element.dateTime = date.toISOString();
  element.title = date.toISOString();
  element.textContent = moments.format(date);
  return element;
}

// count is a number with its noun.
export function count(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

// micros is a duration that is given in microseconds.
export function micros(us) {
  if (us >= 1e6) return `${precise(us / 1e6)} s`;
  if (us >= 1000) return `${precise(us / 1000)} ms`;
  return `${precise(us)} µs`;
}

function precise(value) {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}

const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]];

// distance is how far a time is away: "2 h ago", "in 5 d".
export function distance(ms, now = Date.now()) {
  const away = Math.abs(ms - now);
  const at = units.findIndex(([, size]) => away >= size);
  if (at < 0) return "now";
  let text = `${Math.floor(away / units[at][1])} ${units[at][0]}`;
  const rest = at + 1 < units.length ? Math.floor((away % units[at][1]) / units[at + 1][1]) : 0;
  if (rest && away < 3 * units[at][1]) text += ` ${rest} ${units[at + 1][0]}`;
  return ms < now ? `${text} ago` : `in ${text}`;
}

// when is a moment with its distance; 0 is never.
export function when(ms) {
  return ms ? [moment(ms), ` (${distance(ms)})`] : "never";
}
