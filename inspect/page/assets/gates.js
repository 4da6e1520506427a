// The privacy gates of a request.
import { chip, h } from "./dom.js";

export function gates(all) {
  if (!all?.length) return h("p", { class: "nothing" }, "No gate was asked.");
  return h("ul", { class: "gates" }, all.map((gate) => h("li", null,
    gate.closed ? chip("warn", "✕ closed") : chip("good", "✓ open"), h("strong", null, gate.reason), h("span", null, gate.why))));
}
