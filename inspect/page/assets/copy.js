// Buttons that copy a text.
import { h } from "./dom.js";

const shownFor = 2000; // milliseconds: what came of it

// copyButton copies a text: "Copy the request".
export function copyButton(label, text) {
  const say = (said) => { button.textContent = said ?? label; };
  const button = h("button", { type: "button", onclick: () => copy(button, text, say) }, label);
  return button;
}

// smallCopyButton stands within a text, of which its own label is no part.
export function smallCopyButton(label, text) {
  const say = (said) => {
    button.dataset.label = said ?? "Copy";
    button.setAttribute("aria-label", said ?? label);
  };
  const button = h("button", { type: "button", class: "small", onclick: () => copy(button, text, say) });
  say();
  return button;
}

async function copy(button, text, say) {
  try {
    await write(text);
    say("Copied");
  } catch {
    say("Not allowed: select it, and press Ctrl+C");
  }
  button.focus({ preventScroll: true });
  setTimeout(say, shownFor);
}

// write writes to the clipboard. Pages that came over plain HTTP from another machine have the old way only.
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "aside", readonly: true });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("refused");
}
