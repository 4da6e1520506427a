// One token: what it says, which checks it passes, and its bytes.
import { fieldTable } from "./bytes.js";
import { json } from "./difference.js";
import { card, chip, facts, h, table } from "./dom.js";
import { moment } from "./format.js";

export function tokenView(token, level = 2) {
  return [
    card(level, "Checks, in their order", checks(token.checks)),
    card(level, "What it says",
      facts([
        ["Status", chip(token.usable ? "good" : "bad", token.status)],
        ["Version", token.version], ["Scope", token.scope ?? "it doesn't say"], ["Made from", token.identity_type ?? "it doesn't say"],
        ["Length", `${token.characters} characters${token.bytes ? `, ${token.bytes} bytes` : ""}`], ["Alphabet", token.alphabet],
      ]),
      token.times?.length > 0 && times(token.times),
      token.keys?.length > 0 && [h(`h${level + 1}`, null, "Keys that it names"), keys(token.keys)]),
    token.layers?.length > 0 && card(level, "Layers", token.layers.map((layer) => layerView(layer, level + 1))),
    token.verdict != null && card(level, "What a bidder would see", json("The annotation", JSON.stringify(token.verdict, null, 2))),
  ];
}

function layerView(layer, level) {
  return h("div", { class: "layer" },
    h(`h${level}`, null, layer.name, " ", h("span", { class: "muted" }, `${layer.bytes} bytes${layer.within ? `, within ${layer.within}` : ""}`), " ",
      layer.opened ? chip("good", "readable") : chip("plain", "encrypted")),
    layer.why && h("p", { class: "hint" }, layer.why),
    fieldTable(`Fields of the layer ${layer.name}`, layer));
}

const outcomes = {
  passed: ["good", "✓", "passed"], failed: ["bad", "✕", "failed"], not_reached: ["plain", "–", "not reached"], not_known: ["warn", "?", "not known"],
};

// checks lists checks with their verdicts.
export function checks(all) {
  return h("ol", { class: "checks" }, (all ?? []).map((check) => {
    const [tone, sign, word] = outcomes[check.outcome] ?? ["plain", "?", check.outcome];
    return h("li", { class: tone, value: check.number || null },
      h("span", { class: "verdict" }, h("span", { class: "mark", "aria-hidden": "true" }, sign), word),
      h("div", null,
        h("p", null, h("strong", null, check.name), check.outcome === "failed" && check.status && [" ", h("code", null, check.status)]),
        check.why && h("p", null, check.why),
        check.do && h("p", { class: "do" }, h("strong", null, "What to do: "), check.do)));
  }));
}

// explanation says why a token has its status: what the first check says that failed, or whose
// outcome isn't known.
export function explanation(token) {
  const first = (outcome) => token.checks?.find((check) => check.outcome === outcome);
  return (first("failed") ?? first("not_known"))?.why;
}

// times lists moments in the reader's zone, with their distance.
export function times(all) {
  return facts((all ?? []).map((time) => [time.name, [moment(time.ms), " ", h("span", { class: "muted" }, time.ago)]]), "facts times");
}

export function keys(all) {
  return table("Keys", ["Key", "Purpose", "Held", "Site", "Active from", "Until", "State"], all.map((key) => [
    String(key.id), key.purpose, key.held ? chip("good", "✓ held") : chip("bad", "✕ not held"), key.site_id ? String(key.site_id) : "",
    key.activates_ms ? moment(key.activates_ms) : "", key.expires_ms ? moment(key.expires_ms) : "", key.state,
  ]));
}
