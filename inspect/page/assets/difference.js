// JSON texts and differences between them, line by line.
import { smallCopyButton } from "./copy.js";
import { h } from "./dom.js";

const mostLines = 4000;
const words = { "+": "added", "-": "removed" };

// difference draws the lines of a difference; what changes is said by a sign, not by colour alone. It opens where a text was
// added, if that is anywhere.
export function difference(label, lines, added) {
  if (!lines?.length) return h("p", { class: "nothing" }, "No difference.");
  const drawn = draw(label, lines);
  if (added) requestAnimationFrame(() => scrollTo(drawn, added));
  return drawn;
}

function scrollTo(drawn, added) {
  const line = [...drawn.querySelectorAll(".line.added")].find((one) => one.textContent.includes(added));
  if (line) drawn.scrollTop += line.getBoundingClientRect().top - drawn.getBoundingClientRect().top - drawn.clientHeight / 3;
}

function draw(label, lines) {
  return block(label, lines, ({ op, text }) => op === "…"
    ? h("span", { class: "line left-out" }, text || "…")
    : h("span", { class: `line ${words[op] ?? ""}` }, h("span", { class: "sign" }, op === "=" ? " " : op), painted(text)));
}

// json draws a text of JSON.
export function json(label, text) {
  return block(label, text.split("\n"), (line) => h("span", { class: "line" }, painted(line)));
}

// block draws lines, but not so many that the browser stops answering.
function block(label, lines, draw) {
  const left = lines.length - mostLines;
  return h("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label },
    h("code", null, lines.slice(0, mostLines).map(draw), left > 0 && h("span", { class: "line left-out" }, `… ${left} more lines`)));
}

const lexemes = /"(?:\\.|[^"\\])*"(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

// tokens are ids so long that they can't be read off the screen.
const tokens = /"id": "([A-Za-z0-9+/_=-]{100,})"/;

// painted colours keys, strings and other values. Long lines wrap below their beginning. A token can
// be copied.
function painted(line) {
  const indent = Math.min(line.length - line.trimStart().length, 40);
  const parts = [];
  let end = 0;
  for (const match of line.matchAll(lexemes)) {
    parts.push(line.slice(end, match.index));
    end = match.index + match[0].length;
    parts.push(h("span", { class: match[1] !== undefined ? "key" : match[0][0] === '"' ? "string" : "value" }, match[0]));
  }
  parts.push(line.slice(end));
  const element = h("span", { class: "text" }, parts);
  element.style.setProperty("--indent", indent);
  const token = tokens.exec(line)?.[1];
  return [element, token && smallCopyButton("Copy the token", token)];
}
