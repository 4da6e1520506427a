// Tabs: the arrow keys go from one to the next.
import { h, id, put } from "./dom.js";

// tabs draws a panel for each of { title, build } when it is first chosen. It begins with the one of a title, if there is one, and
// calls onchoose with the title that is chosen.
export function tabs(label, all, { first, onchoose } = {}) {
  if (!all.length) return h("p", { class: "nothing" }, "There is none.");
  const panel = h("div", { role: "tabpanel", id: id("panel"), class: "panel" });
  const buttons = all.map(({ title }) => h("button", {
    type: "button", role: "tab", id: id("tab"), "aria-controls": panel.id, onclick: (event) => choose(buttons.indexOf(event.currentTarget)),
  }, title));
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" }, buttons);
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    choose((next + buttons.length) % buttons.length);
    list.querySelector("[aria-selected=true]").focus();
  });
  const built = new Map();

  function choose(chosen) {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", i === chosen);
      button.tabIndex = i === chosen ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", buttons[chosen].id);
    if (!built.has(chosen)) built.set(chosen, [all[chosen].build()].flat());
    put(panel, built.get(chosen));
    onchoose?.(all[chosen].title);
  }

  choose(Math.max(0, all.findIndex(({ title }) => title === first)));
  return h("div", { class: "tabbed" }, list, panel);
}
