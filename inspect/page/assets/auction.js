// One auction, opened: what came in, what each bidder got, and what the caller got.
import { outcome } from "./auctionlist.js";
import { copyButton } from "./copy.js";
import { difference, json } from "./difference.js";
import { chip, facts, h } from "./dom.js";
import { count, micros, moment, number } from "./format.js";
import { gates } from "./gates.js";
import { tabs } from "./tabs.js";

// looked is the bidder that was looked at last, so that showing raw UIDs doesn't change to another.
const looked = { auction: 0, bidder: "" };

export function auctionView(auction, { revealed, reveal, close, inspect, edit }) {
  return h("article", { class: "card auction" },
    h("div", { class: "title" },
      h("h2", null, `${number(auction.number)}: ${auction.name}`),
      h("button", { type: "button", class: "quiet", onclick: close }, "Close")),
    h("div", null, outcome(auction)),
    facts([
      ["Time", moment(auction.at_ms)],
      ["Endpoint", auction.endpoint],
      ["Answer", `HTTP ${auction.http_status}`],
      ["In the hooks", micros(auction.hooks_us)],
      ["Raw UID went to", auction.raw_to?.length ? auction.raw_to.join(", ") : "nobody"],
    ]),
    h("div", { class: "buttons" },
      revealed
        ? h("p", { class: "note" }, "Raw UIDs are shown.")
        : h("button", { type: "button", onclick: reveal }, "Show the raw UIDs"),
      h("button", { type: "button", onclick: () => inspect(auction.incoming) }, "Inspect this request"),
      copyButton("Copy the request", auction.incoming),
      h("button", { type: "button", onclick: () => edit(auction.incoming) }, "Edit and play it")),
    h("h3", null, "Bidders' requests"),
    h("p", { class: "hint" }, "What each bidder received, beside what came in."),
    tabs("Bidders", (auction.bidders ?? []).map((bidder) => ({ title: bidder.bidder, build: () => bidderView(bidder, auction) })), {
      first: looked.auction === auction.number ? looked.bidder : "",
      onchoose: (bidder) => Object.assign(looked, { auction: auction.number, bidder }),
    }),
    h("h3", null, "Privacy gates"), gates(auction.gates),
    h("h3", null, "Time in the hooks, by stage"), stages(auction.stages_us ?? {}),
    h("h3", null, "The response"), response(auction.response),
    h("details", null, h("summary", null, "The request as it came in"), json("The request as it came in", auction.incoming)));
}

function bidderView(bidder, auction) {
  const bid = auction.bids?.find((one) => one.bidder === bidder.bidder);
  return [
    h("p", { class: "chips" },
      bidder.listed ? chip("info", "listed: it may get raw UIDs") : chip("plain", "not listed: it gets no raw UIDs"),
      !bidder.called ? chip("plain", "not called") : bid?.outcome === "bid" ? chip("good", `bid ${(bid.price_usd ?? 0).toFixed(2)} USD`) : chip("plain", bid?.outcome ?? "called")),
    bidder.called
      ? difference(`${bidder.bidder}'s request beside what came in`, bidder.difference, '"uid2"')
      : h("p", { class: "nothing" }, "It wasn't called, and received nothing."),
    bidder.received && whole("The whole request that it received", bidder.received),
  ];
}

function response(of) {
  return [
    h("p", null, of.redacted
      ? `Raw UIDs were taken out in ${count(of.redacted, "place")} before the caller got it.`
      : "Nothing had to be taken out of it."),
    of.redacted > 0 && difference("The response before and after redaction", of.difference),
    whole("The response as the caller got it", of.after),
    of.redacted > 0 && whole("The response before redaction", of.before),
  ];
}

// whole is a long text that is drawn when it is opened.
function whole(title, text) {
  const details = h("details", null, h("summary", null, title));
  details.addEventListener("toggle", () => details.append(json(title, text)), { once: true });
  return details;
}

// stages draws one bar for each stage, as long as its share.
function stages(times) {
  const entries = Object.entries(times);
  if (!entries.length) return h("p", { class: "nothing" }, "No hook ran.");
  const longest = Math.max(...entries.map(([, us]) => us), 1e-9);
  return h("dl", { class: "bars" }, entries.map(([stage, us]) => {
    const bar = h("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", us / longest);
    return h("div", null, h("dt", null, stage.replaceAll("_", " ")), h("dd", null, bar, micros(us)));
  }));
}
