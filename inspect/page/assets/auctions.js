// The section of live auctions: the list, what plays requests, and the auction that is open.
import { call } from "./api.js";
import { auctionList } from "./auctionlist.js";
import { auctionView } from "./auction.js";
import { card, h, put } from "./dom.js";
import { player } from "./player.js";
import { watch } from "./stream.js";

export function auctionsSection(element, page) {
  const detail = h("div", { class: "detail", id: "detail", tabindex: "-1", hidden: true });
  const list = auctionList({ page, open });
  const play = player({ played: (number, times) => times === 1 ? show(number) : list.expect(number) });
  const layout = h("div", { class: "split" }, h("div", { class: "master" }, list.element), detail);
  element.append(h("h1", null, "Live auctions"), play.element, layout);
  let opened = 0;

  // show opens an auction that the reader has played.
  function show(number) {
    list.expect(number);
    open(number);
  }

  async function open(number, { reveal = false, focus = true } = {}) {
    opened = number;
    list.select(number);
    detail.hidden = false;
    layout.classList.add("open");
    put(detail, h("p", { class: "waiting", role: "status" }, `Loading auction ${number}…`));
    try {
      const auction = await call(reveal ? `auctions/${number}/reveal` : `auctions/${number}`, reveal ? {} : undefined);
      if (opened !== number) return;
      put(detail, auctionView(auction, {
        revealed: reveal, close,
        reveal: () => open(number, { reveal: true }),
        inspect: (text) => page.open("inspector").inspect(text),
        edit: (text) => play.edit(text),
      }));
    } catch (failure) {
      if (opened !== number) return;
      put(detail, card(2, `Auction ${number}`, h("p", { class: "problem", role: "alert" }, failure.message),
        h("div", { class: "buttons" },
          failure.status !== 410 && h("button", { type: "button", onclick: () => open(number, { reveal }) }, "Try again"),
          h("button", { type: "button", onclick: close }, "Close"))));
    }
    if (focus) detail.focus({ preventScroll: true });
    if (focus && getComputedStyle(layout).display !== "grid") detail.scrollIntoView({ block: "start" });
  }

  function close() {
    opened = 0;
    detail.hidden = true;
    layout.classList.remove("open");
    put(detail);
    list.deselect();
  }

  watch({ onAuction: list.add, onReset: list.reset, onConnection: page.connection });
  return { openAuction: show };
}
