// The state of what runs: keys, opt-outs, latency and versions, and what the reader can do to it.
import { actionsCard, usersCard } from "./actions.js";
import { call } from "./api.js";
import { card, chip, facts, h, put } from "./dom.js";
import { count, micros, number, when } from "./format.js";
import { histogram } from "./histogram.js";

const every = 2000; // milliseconds, while the section is seen

export function stateSection(element, page) {
  const freshness = h("p", { class: "progress", role: "status" });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const keysets = h("div", { class: "keysets" });
  const optOuts = h("div");
  const latency = h("div");
  const versions = h("div");
  const users = usersCard(page, refresh);
  const actions = actionsCard(page, refresh);
  element.append(
    h("div", { class: "heading" }, h("h1", null, "State"), freshness), problem,
    h("div", { class: "grid" },
      h("div", { class: "column" }, card(2, "Keysets", keysets), card(2, "Opt-outs", optOuts), page.config.actions && actions.element),
      h("div", { class: "column" }, users.element, card(2, "Time in the hooks", latency), card(2, "Versions", versions))));
  let visible = false, timer, asked = Promise.resolve();

  // refresh shows the state as it is from now on, one request after the other.
  function refresh() {
    asked = asked.then(ask);
    return asked;
  }

  async function ask() {
    clearTimeout(timer);
    try {
      draw(await call("state"));
      problem.hidden = true;
      put(problem);
    } catch (failure) {
      if (problem.textContent !== failure.message) put(problem, failure.message);
      problem.hidden = false;
      freshness.textContent = "What you see is from before.";
    }
    if (visible) timer = setTimeout(refresh, every);
  }

  function draw(state) {
    if (freshness.textContent !== "Up to date") freshness.textContent = "Up to date";
    put(keysets, (state.keysets ?? []).map(keyset));
    put(optOuts, optOutFacts(state.opt_outs));
    put(latency, histogram(state.hooks));
    put(versions, facts(Object.entries(state.versions ?? {}).map(([name, version]) => [name, h("code", null, version)])));
    users.update(state);
    actions.update(state);
  }

  document.addEventListener("visibilitychange", () => shown(!element.hidden && !document.hidden));

  function shown(is) {
    visible = is;
    clearTimeout(timer);
    if (is) refresh();
  }

  return { shown };
}

function keyset(of) {
  const ids = of.ids ?? [];
  return h("div", { class: "keyset" },
    h("h3", null, of.scope, " ", of.ready ? chip("good", "✓ ready") : chip("bad", "✕ not ready"), of.last_error && chip("warn", "last refresh failed")),
    facts([
      ["Operator", h("code", { class: "long" }, of.operator)],
      ["Keys", count(of.keys, "key")], ["Sites", number(of.sites)],
      ["Fetched", when(of.fetched_ms)], ["Next refresh", of.next_refresh_ms ? when(of.next_refresh_ms) : "soon: one that failed is tried again"], ["The last key expires", when(of.expires_ms)],
      ["Last error", of.last_error && h("span", { class: "problem" }, of.last_error)],
    ]),
    ids.length > 0 && h("details", null, h("summary", null, "Key ids"), h("p", { class: "ids" }, h("code", null, ids.join(", ")), ids.length < of.keys && ` and ${number(of.keys - ids.length)} more`)));
}

function optOutFacts(of) {
  return facts([
    ["State", of.ready ? chip("good", "✓ ready") : chip("bad", "✕ not ready: nobody gets a raw UID")],
    ["Users opted out", number(of.users)],
    ["From webhook to lookup", of.lag_ms ? micros(1000 * of.lag_ms) : "nothing came yet"],
    ["Last batch", of.last_batch_ms ? [count(of.last_batch, "entry", "entries"), ", ", when(of.last_batch_ms)] : "none yet"],
    ["Quarantined", of.quarantined ? chip("bad", number(of.quarantined)) : "0"],
    ["Webhook", of.webhook && h("code", { class: "long" }, of.webhook)],
  ]);
}
