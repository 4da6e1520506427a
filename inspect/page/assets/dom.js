// Elements made of text and attributes, never of markup: the page's policy forbids markup from text.

// h returns an element. A property that is a function listens to the event of its name ("onclick");
// false, null and undefined leave a property or a child out.
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

// svg is h for drawings.
export function svg(tag, properties, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...present(children));
  return element;
}

// put replaces what an element holds.
export function put(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== false && child != null);
}

let ids = 0;

// id returns an id that no other element has.
export function id(prefix) {
  return `${prefix}-${++ids}`;
}

// field returns a labelled control.
export function field(label, control, hint) {
  control.id ||= id("field");
  const note = hint && h("span", { class: "hint", id: id("hint") }, hint);
  if (note) control.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, note);
}

// chip is a short word on a coloured ground; the word says everything that the colour says.
export function chip(tone, ...text) {
  return h("span", { class: `chip ${tone}` }, ...text);
}

// facts is a list of names and values; those without a value are left out.
export function facts(entries, classes = "facts") {
  const known = entries.filter(([, value]) => value != null && value !== "" && value !== false);
  return h("dl", { class: classes }, known.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}

// table returns a table in a box that scrolls sideways by itself.
export function table(caption, heads, rows, classes = "") {
  return h("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
    h("table", { class: classes },
      h("caption", { class: "aside" }, caption),
      h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", null, rows.map((row) => row instanceof Node ? row : h("tr", null, row.map((cell) => h("td", null, cell)))))));
}

// card is a part of a section with a heading.
export function card(level, title, ...children) {
  const heading = h(`h${level}`, { id: id("heading") }, title);
  return h("section", { class: "card", "aria-labelledby": heading.id }, heading, children);
}

// notes is a list of remarks, if there are any.
export function notes(all) {
  return all?.length > 0 && h("ul", { class: "notes" }, all.map((note) => h("li", null, note)));
}
