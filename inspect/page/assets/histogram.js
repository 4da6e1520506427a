// A histogram of durations, drawn; the table below it says the same in words.
import { facts, h, svg, table } from "./dom.js";
import { micros, number } from "./format.js";

const height = 120;
const barWidth = 24;

export function histogram(of) {
  const buckets = of?.buckets ?? [];
  if (!of?.count) return h("p", { class: "nothing" }, "Nothing was measured yet.");
  return [
    facts([["Half took at most", micros(of.p50_us)], ["99 % took at most", micros(of.p99_us)], ["Auctions", number(of.count)]]),
    drawing(buckets),
    h("details", null, h("summary", null, "As a table"),
      table("Auctions by their time in the hooks", ["Up to", "Auctions"], buckets.map((bucket) => [limit(bucket), number(bucket.count)]), "numbers")),
  ];
}

function drawing(buckets) {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const width = barWidth * buckets.length;
  const every = Math.ceil(buckets.length / 6);
  return svg("svg", { class: "histogram", viewBox: `0 0 ${width} ${height + 34}`, role: "img", "aria-label": "Histogram; the table below says the same" },
    svg("line", { x1: 0, x2: width, y1: height + 10, y2: height + 10, class: "axis" }),
    buckets.map((bucket, i) => {
      const tall = bucket.count ? Math.max(2, bucket.count / most * height) : 0;
      return svg("g", null,
        svg("title", null, `up to ${limit(bucket)}: ${number(bucket.count)}`),
        svg("rect", { x: i * barWidth + 2, y: height + 10 - tall, width: barWidth - 4, height: tall, rx: 2 }),
        i % every === 0 && svg("text", { x: i * barWidth + barWidth / 2, y: height + 26, "text-anchor": i === 0 ? "start" : "middle" }, limit(bucket)));
    }));
}

function limit(bucket) {
  return bucket.up_to_us > 0 && Number.isFinite(bucket.up_to_us) ? micros(bucket.up_to_us) : "more";
}
