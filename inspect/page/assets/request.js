// A bid request: its uids, signals and gates, and what a listed bidder would get of it.
import { difference } from "./difference.js";
import { card, chip, facts, h, notes, table } from "./dom.js";
import { gates } from "./gates.js";
import { tabs } from "./tabs.js";
import { explanation, tokenView } from "./token.js";

const modes = { annotate: "annotate", replace: "replace", drop_opted_out: "drop opted out" };

export function requestView(request) {
  return [
    card(2, "Request",
      facts([
        ["OpenRTB", request.openrtb],
        ["Name for the domain check", request.name ? h("code", null, request.name) : "there is none"],
        ["Taken from", request.name_from && h("code", null, request.name_from)],
      ]),
      notes(request.notes)),
    card(2, "Uids", uids(request.uids ?? [])),
    card(2, "Privacy gates", gates(request.gates)),
    request.signals?.length > 0 && card(2, "Privacy signals", request.signals.map(signal)),
    request.deliveries?.length > 0 && card(2, "What a listed bidder would get",
      tabs("Modes", request.deliveries.map((delivery) => ({
        title: modes[delivery.mode] ?? delivery.mode,
        build: () => difference(`The request in the mode ${delivery.mode}, beside what came in`, delivery.difference),
      })))),
  ];
}

function uids(all) {
  if (!all.length) return h("p", { class: "nothing" }, "It has no uids of UID2 or EUID.");
  return [
    table("Uids of the request", ["Path", "Source", "Taken", "Status", "Why"], all.map((uid) => [
      h("code", null, uid.path), uid.source,
      uid.found ? chip("good", "✓ found") : chip("plain", "– passed over"),
      uid.token ? chip(uid.token.usable ? "good" : "bad", uid.token.status) : "",
      [uid.why ?? (uid.token && explanation(uid.token)), uid.forgery && " It came with an annotation, which is removed.", uid.duplicate > 0 && ` The same token as uid ${uid.duplicate}.`],
    ])),
    all.filter((uid) => uid.token).map(token),
  ];
}

// token is a uid's token, drawn when it is opened.
function token(uid) {
  const details = h("details", { class: "uid" }, h("summary", null, "Token of ", h("code", null, uid.path)));
  details.addEventListener("toggle", () => details.append(...tokenView(uid.token, 3).flat().filter(Boolean)), { once: true });
  return details;
}

function signal(of) {
  return h("div", { class: "signal" },
    h("h3", null, of.kind, " ", h("code", null, of.path), " ", of.closes && chip("warn", `✕ closes the gate ${of.closes}`)),
    of.value && h("p", null, h("code", { class: "long" }, of.value)),
    of.parts?.length > 0 && h("ul", { class: "parts" }, of.parts.map((part) => h("li", null, part))));
}
