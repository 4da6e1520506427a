import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const docs = fileURLToPath(new URL("../", import.meta.url));

// The sections, by what a reader wants. A page under docs that is in none of them ends the build.
const sections = {
  Start: ["README.md", "shell.md", "bidder.md", "install.md"],
  Guides: inOrder("guides", ["prebid-server", "go-bidder", "other-languages", "publisher", "advertiser", "sharer", "opt-outs-fleet"]),
  Reference: ["configuration.md", ...inOrder("reference", ["annotation", "statuses", "cli", "exit-codes"]), "metrics.md", "sidecar.md", "parity.md", "from-python.md", "vectors.md", "packages.md"],
  Explanation: [...inOrder("explanation", ["how-it-works", "confinement", "gates", "guarantees", "threat-model"]), "opt-outs.md", "benchmarks.md"],
  Operate: ["operations.md", "doctor.md", "alerts.md", "health.md", "rotation.md", "fleet.md"],
};

// inOrder lists the pages of a folder, those that are named first.
function inOrder(folder, first) {
  if (!existsSync(docs + folder)) return [];
  const rank = (page) => (first.includes(page) ? first.indexOf(page) : first.length);
  return readdirSync(docs + folder)
    .map((file) => file.replace(/\.md$/, ""))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((page) => `${folder}/${page}.md`);
}

// title is what the page's heading says.
function title(page) {
  const heading = /^# (.*)$/m.exec(readFileSync(docs + page, "utf8"));
  if (!heading) throw new Error(`docs/${page} has no heading`);
  return heading[1].replaceAll("`", "");
}

const listed = Object.values(sections).flat();
for (const page of readdirSync(docs)) {
  if (page.endsWith(".md") && !listed.includes(page)) throw new Error(`docs/${page} is in no section of the sidebar`);
}

export const sidebar = Object.entries(sections).map(([text, pages]) => ({
  text,
  items: pages.map((page) => ({ text: title(page), link: "/" + page.replace(/(README)?\.md$/, "") })),
}));
