// The list of the last hundred auctions, the newest first.
import { chip, field, h, put } from "./dom.js";
import { clock, count, micros, number } from "./format.js";

const kept = 100;

// tone is the colour of a status.
export function tone(status) {
  if (status === "Success") return "good";
  return status === "UserOptedOut" || status === "Withheld" ? "warn" : "bad";
}

export function auctionList({ page, open }) {
  let auctions = []; // the newest first
  let waiting = []; // while paused
  let paused = false, selected = 0, played = 0, drawing = false, hadFocus = false;
  const rows = new Map();

  const search = h("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "Name, bidder or number", oninput: filtered });
  const status = h("select", { onchange: filtered }, h("option", { value: "" }, "All"));
  const pause = h("button", { type: "button", "aria-pressed": "false", onclick: togglePause }, "Pause");
  const total = h("p", { class: "total" });
  const body = h("tbody");
  const nothing = h("p", { class: "nothing" });
  const missed = h("div", { class: "missed", role: "status" });
  const element = h("section", { class: "card list", "aria-label": "Auctions" },
    h("div", { class: "toolbar" }, field("Search", search), field("Status", status), pause, total),
    missed,
    h("div", { class: "rows", role: "region", "aria-label": "The last hundred auctions", tabindex: "0" },
      h("table", null,
        h("caption", { class: "aside" }, "The last hundred auctions, the newest first. The arrow keys go from one to the next; Enter opens it."),
        h("thead", null, h("tr", null,
          ["No.", "Time", "Request", "Status", "In hooks", "Bids", "Raw UID to"].map((head, i) =>
            h("th", { scope: "col", class: `c${i}` }, head)))),
        body)),
    nothing);
  body.addEventListener("keydown", walk);
  body.addEventListener("focusin", () => { hadFocus = true; });
  body.addEventListener("focusout", (event) => { if (event.relatedTarget) hadFocus = false; });

  // add takes an auction that happened.
  function add(auction) {
    if (auction.number <= (waiting[0] ?? auctions[0] ?? { number: 0 }).number) return; // known already
    if (paused) {
      waiting.unshift(auction);
      waiting.length = Math.min(waiting.length, kept);
    } else {
      auctions.unshift(auction);
      auctions.length = Math.min(auctions.length, kept);
    }
    draw();
  }

  function reset() {
    auctions = [];
    waiting = [];
    draw();
  }

  // expect takes the number of an auction that the reader has played, and so looks for in the list.
  function expect(number) {
    played = number;
    draw();
  }

  // filtered draws what a filter shows. Who sets one knows that it hides something.
  function filtered() {
    played = 0;
    draw();
  }

  function showAll() {
    search.value = status.value = "";
    draw();
    search.focus();
  }

  function togglePause() {
    paused = !paused;
    pause.setAttribute("aria-pressed", paused);
    if (!paused) {
      auctions = [...waiting, ...auctions].slice(0, kept);
      waiting = [];
    }
    page.announce(paused ? "Paused: the list stays as it is." : "The list goes on.");
    draw();
  }

  // draw draws once for all that happens before the next frame. Without frames, in a tab that isn't
  // seen, nothing is drawn.
  function draw() {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      drawNow();
    });
  }

  function drawNow() {
    offerStatuses();
    const shown = auctions.filter(matches);
    const numbers = new Set(shown.map((auction) => auction.number));
    for (const [known, row] of rows) {
      if (numbers.has(known)) continue;
      row.remove();
      rows.delete(known);
    }
    shown.forEach((auction, i) => {
      let row = rows.get(auction.number);
      if (!row) rows.set(auction.number, row = draftRow(auction));
      if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null); // rows that stay don't move, and keep the focus
    });
    keepFocus();
    drawMissed(numbers);
    pause.textContent = paused ? `Go on (${waiting.length === kept ? `${kept} or more` : number(waiting.length)} new)` : "Pause";
    total.textContent = auctions.length ? `${number(shown.length)} of the last ${number(auctions.length)}, ${number(auctions[0].number)} in all` : "";
    put(nothing, shown.length ? "" : auctions.length ? "No auction of the last hundred matches." : "No auctions yet. Play a sample above.");
    nothing.hidden = shown.length > 0;
  }

  // drawMissed says why the auction that was played isn't in the list.
  function drawMissed(shown) {
    const is = (auction) => auction.number === played;
    if (shown.has(played)) played = 0;
    const why = waiting.some(is) ? "paused" : auctions.some(is) ? "filter" : "";
    const key = why && `${why} ${played}`;
    if (missed.dataset.why === key) return;
    missed.dataset.why = key;
    const what = `Auction ${number(played)}, which you played, `;
    put(missed,
      why === "paused" && h("p", { class: "note" }, what, "is in the list when it goes on."),
      why === "filter" && [h("p", { class: "note" }, what, "is hidden by the filter."), h("button", { type: "button", onclick: showAll }, "Show all")]);
  }

  // keepFocus puts the focus on the last row if the row that had it has left the list.
  function keepFocus() {
    const buttons = [...body.querySelectorAll("button")];
    if (hadFocus && document.activeElement === document.body && buttons.length) buttons.at(-1).focus({ preventScroll: true });
    const current = buttons.find((button) => button === document.activeElement) ?? rows.get(selected)?.querySelector("button") ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === current ? 0 : -1;
  }

  // offerStatuses offers to show only what has happened.
  function offerStatuses() {
    const known = new Set([...status.options].map((option) => option.value));
    for (const auction of auctions) {
      for (const name of traits(auction)) {
        if (known.has(name)) continue;
        known.add(name);
        status.append(h("option", { value: name }, name));
      }
    }
  }

  function matches(auction) {
    const text = search.value.trim().toLowerCase();
    return (!status.value || traits(auction).includes(status.value)) && (!text || haystack(auction).includes(text));
  }

  function draftRow(auction) {
    const button = h("button", { type: "button", class: "name", tabindex: "-1" }, auction.name);
    return h("tr", { onclick: () => open(auction.number), "aria-current": auction.number === selected && "true" },
      h("td", { class: "c0 num" }, number(auction.number)),
      h("td", { class: "c1 num" }, clock(auction.at_ms)),
      h("td", { class: "c2" }, button),
      h("td", { class: "c3" }, outcome(auction)),
      h("td", { class: "c4 num" }, micros(auction.hooks_us)),
      h("td", { class: "c5" }, bids(auction.bids)),
      h("td", { class: "c6" }, auction.raw_to?.length ? auction.raw_to.join(", ") : h("span", { class: "muted" }, "nobody")));
  }

  function walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -kept, End: kept, PageDown: 10, PageUp: -10 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    const buttons = [...body.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    const next = buttons[Math.max(0, Math.min(buttons.length - 1, at + step))];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }

  function select(of) {
    rows.get(selected)?.removeAttribute("aria-current");
    selected = of;
    rows.get(selected)?.setAttribute("aria-current", "true");
  }

  function deselect() {
    const row = rows.get(selected);
    select(0);
    (row?.querySelector("button") ?? search).focus();
  }

  drawNow();
  return { element, add, reset, expect, select, deselect };
}

// traits are what an auction can be filtered by.
function traits(auction) {
  const names = [...(auction.statuses ?? [])];
  if (auction.withheld) names.push(`Withheld: ${auction.withheld}`);
  if (auction.http_status !== 200) names.push(`HTTP ${auction.http_status}`);
  return names;
}

function haystack(auction) {
  return [auction.number, auction.name, auction.endpoint, ...traits(auction), ...(auction.bids ?? []).map((bid) => bid.bidder)].join("\n").toLowerCase();
}

// outcome is an auction's statuses as chips.
export function outcome(auction) {
  const chips = (auction.statuses ?? []).map((status) => chip(tone(status), status === "Withheld" && auction.withheld ? `Withheld: ${auction.withheld}` : status));
  if (auction.withheld && !auction.statuses?.includes("Withheld")) chips.push(chip("warn", `Withheld: ${auction.withheld}`));
  if (auction.http_status !== 200) chips.push(chip("bad", `HTTP ${auction.http_status}`));
  return chips.length ? h("span", { class: "chips" }, chips) : h("span", { class: "muted" }, "no UID2");
}

function bids(all) {
  const made = (all ?? []).filter((bid) => bid.outcome === "bid");
  if (!made.length) return h("span", { class: "muted" }, "none");
  const best = Math.max(...made.map((bid) => bid.price_usd ?? 0));
  return `${count(made.length, "bid")}, ${best.toFixed(2)} USD`;
}
