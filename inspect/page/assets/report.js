// A report: what a text is, what to do, and everything that is known of it.
import { card, chip, facts, h, notes, table } from "./dom.js";
import { moment } from "./format.js";
import { checks, keys, times, tokenView } from "./token.js";
import { fieldTable } from "./bytes.js";
import { requestView } from "./request.js";

const titles = {
  token: "Token", request: "Bid request", raw_uid: "Raw UID", identity: "Identity", answer: "Operator's answer", unknown: "Unknown",
};

export function reportView(report, { revealed, reveal }) {
  return [
    h("div", { class: "card summary" },
      h("p", { class: "kind" }, chip("info", titles[report.kind] ?? report.kind), verdict(report)),
      h("h2", null, report.summary),
      report.advice?.length > 0 && h("div", { class: "advice" }, h("h3", null, "What to do"), h("ul", null, report.advice.map((line) => h("li", null, line)))),
      h("div", { class: "buttons" },
        report.now_ms > 0 && h("p", { class: "hint" }, "Judged at ", moment(report.now_ms), "."),
        hasMasked(report) && !revealed && h("button", { type: "button", onclick: reveal }, "Show the raw UID"),
        revealed && h("p", { class: "note" }, "Raw UIDs are shown."))),
    report.token && tokenView(report.token),
    report.request && requestView(report.request),
    report.raw_uid && rawUID(report.raw_uid),
    report.identity && identity(report.identity),
    report.answer && answer(report.answer),
    report.tried?.length > 0 && card(2, "What it was taken for", table("Why the text is of no kind", ["Kind", "Why not"],
      report.tried.map((attempt) => [titles[attempt.kind] ?? attempt.kind, attempt.why]))),
  ];
}

function verdict(report) {
  const token = report.token ?? report.identity?.token;
  if (token) return token.usable ? chip("good", "✓ usable") : chip("bad", `✕ ${token.status}`);
  return report.raw_uid?.opt_out === "opted_out" && chip("warn", "✕ opted out");
}

// hasMasked reports whether there is a raw UID to reveal.
function hasMasked(report) {
  const tokens = [report.token, report.identity?.token, ...(report.request?.uids ?? []).map((uid) => uid.token)].filter(Boolean);
  return tokens.some((token) => token.usable || token.layers?.some((layer) => layer.fields?.some((field) => field.masked))) ||
    Boolean(report.raw_uid && !report.raw_uid.canonical);
}

const optOuts = {
  opted_out: ["warn", "✕ opted out: don't use it"], not_opted_out: ["good", "✓ not opted out"], not_known: ["plain", "? not known here"],
};

function rawUID(uid) {
  return [
    card(2, "Raw UID",
      facts([
        ["Version", uid.version], ["Scope", uid.scope ?? "it doesn't say"], ["Made from", uid.identity_type ?? "it doesn't say"], ["Bytes", uid.bytes],
        ["Opt-out", chip(...(optOuts[uid.opt_out] ?? ["plain", uid.opt_out]))],
        ["Canonical form", uid.canonical && h("code", { class: "long" }, uid.canonical)],
      ]),
      notes(uid.notes)),
    card(2, "Bytes", fieldTable("Fields of the raw UID", { name: "raw UID", opened: true, bytes: uid.bytes, fields: uid.fields ?? [] })),
  ];
}

function identity(of) {
  return [
    card(2, "Identity", checks(of.predicates), times(of.times),
      h("h3", null, "Refresh token"), h("p", null, of.refresh), notes(of.notes)),
    of.token && h("div", { class: "nested" }, h("h2", { class: "part" }, "Its advertising token"), tokenView(of.token)),
  ];
}

function answer(of) {
  return card(2, "Operator's answer",
    facts([
      ["Form", of.enveloped ? (of.opened ? "enveloped, opened" : "enveloped, not opened") : "plain JSON"],
      ["Why it wasn't opened", of.why], ["Endpoint", of.endpoint && h("code", null, of.endpoint)], ["Status", of.status],
    ]),
    of.times?.length > 0 && times(of.times), of.keys?.length > 0 && [h("h3", null, "Keys"), keys(of.keys)], notes(of.notes));
}
