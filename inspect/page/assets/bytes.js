// Bytes, drawn as boxes that are coloured by field, and the table that says the same in words.
import { chip, h } from "./dom.js";

const hues = 8;
const mostDrawn = 512;
const masked = "•••"; // where a raw UID stands, as in every text of the server

// fieldTable draws a layer's bytes, and its fields below. Pointing at a field marks its bytes.
export function fieldTable(caption, layer) {
  const fields = (layer.fields ?? []).map((field, i) => ({ ...field, hue: `f${i % hues}`, number: i + 1 }));
  const cells = new Map(fields.map((field) => [field, []]));
  const drawing = draw(layer, fields, cells);
  const rows = fields.map((field) => {
    const row = h("tr", null,
      h("td", { class: "num" }, h("span", { class: `swatch ${field.hue}`, "aria-hidden": "true" }), String(field.offset)),
      h("td", { class: "num" }, String(field.bytes)),
      h("th", { scope: "row" }, field.name),
      h("td", null, field.meaning, field.masked && [" ", chip("warn", "raw UID, hidden")], field.damaged && [" ", chip("bad", "✕ damaged")]),
      h("td", null, field.hex ? h("code", { class: "hex" }, grouped(field.hex)) : h("span", { class: "muted" }, field.masked ? masked : "")));
    row.addEventListener("pointerenter", () => mark(field, true));
    row.addEventListener("pointerleave", () => mark(field, false));
    return row;
  });

  function mark(field, on) {
    for (const cell of cells.get(field)) cell.classList.toggle("hot", on);
  }

  return h("div", { class: "bytefields" }, drawing,
    h("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
      h("table", { class: "fields" },
        h("caption", { class: "aside" }, caption),
        h("thead", null, h("tr", null, ["Offset", "Bytes", "Field", "Meaning", "Hex"].map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", null, rows))));
}

// draw draws one box per byte, eight to a group that says its offset. The table says it all to who
// doesn't see it.
function draw(layer, fields, cells) {
  const count = Math.min(layer.bytes, mostDrawn);
  const groups = [];
  for (let at = 0; at < count; at += 8) {
    const group = h("span", { class: "octet" }, h("span", { class: "offset" }, String(at).padStart(3, " ")));
    for (let offset = at; offset < Math.min(at + 8, count); offset++) group.append(box(offset, fields, cells));
    groups.push(group);
  }
  return h("div", { class: "bytes", "aria-hidden": "true" }, groups, layer.bytes > count && h("span", { class: "muted" }, `… ${layer.bytes - count} more`));
}

function box(offset, fields, cells) {
  const field = fields.find((one) => offset >= one.offset && offset < one.offset + one.bytes);
  if (!field) return h("span", { class: "byte unread" }, "··");
  const at = 2 * (offset - field.offset);
  const digits = field.hex?.slice(at, at + 2);
  const edge = offset === field.offset ? "first" : "";
  const cell = h("span", { class: `byte ${field.hue} ${edge} ${digits ? "" : "closed"} ${field.damaged ? "damaged" : ""}` }, digits || "••");
  cell.title = `${field.name}, byte ${offset}`;
  cells.get(field).push(cell);
  return cell;
}

// grouped puts a space after every fourth byte.
function grouped(hex) {
  return hex.replace(/(.{8})(?=.)/g, "$1 ");
}
