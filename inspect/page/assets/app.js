// The page: its sections, and which one is shown. Only a section's name is ever in the URL.
import { call } from "./api.js";
import { h } from "./dom.js";
import { themeButton } from "./theme.js";
import { auctionsSection } from "./auctions.js";
import { inspectorSection } from "./inspector.js";
import { stateSection } from "./state.js";

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const sections = new Map();

// page is what the sections share.
const page = {
  config: null,
  // open shows a section, and returns it.
  open(name) {
    if (location.hash !== `#${name}`) location.hash = name;
    show(name);
    return sections.get(name);
  },
  has: (name) => sections.has(name),
  // announce says something to who doesn't see the screen.
  announce(text) {
    document.getElementById("announcements").textContent = text;
  },
  connection(state) {
    const element = document.getElementById("connection");
    if (element.dataset.state === state) return;
    element.dataset.state = state;
    element.textContent = { live: "Connected", lost: "Connection lost: trying again…" }[state];
  },
};

async function start() {
  themeButton(document.getElementById("theme"));
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  page.config = await configuration();
  document.getElementById("starting").remove();
  if (page.config.auctions) add("auctions", "Live auctions", auctionsSection);
  add("inspector", "Inspector", inspectorSection);
  if (page.config.state) add("state", "State", stateSection);
  addEventListener("hashchange", () => show(location.hash.slice(1)));
  show(location.hash.slice(1));
}

// configuration asks until the server answers.
async function configuration() {
  for (let wait = 500; ; wait = Math.min(2 * wait, 8000)) {
    try {
      return await call("config");
    } catch (failure) {
      document.getElementById("starting").textContent = failure.message;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function add(name, title, build) {
  const element = h("section", { id: `section-${name}`, class: `section ${name}`, "aria-label": title, hidden: true });
  const link = h("a", { href: `#${name}` }, title);
  nav.append(h("li", null, link));
  main.append(element);
  sections.set(name, { title, element, link, ...build(element, page) });
}

// show shows the section of that name, else the first one.
function show(name) {
  if (!sections.has(name)) name = sections.keys().next().value;
  for (const [other, section] of sections) {
    const shown = other === name;
    if (section.element.hidden !== shown) continue;
    section.element.hidden = !shown;
    if (shown) section.link.setAttribute("aria-current", "page");
    else section.link.removeAttribute("aria-current");
    section.shown?.(shown);
  }
  document.title = `${sections.get(name).title} · uid2rtb`;
}

start();
