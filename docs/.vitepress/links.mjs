import { existsSync, statSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const docs = fileURLToPath(new URL("..", import.meta.url));
const repository = resolve(docs, "..");
const github = "https://github.com/uid2rtb/uid2rtb";

// slug is the anchor that GitHub gives a heading.
export function slug(heading) {
  return heading.trim().toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "").replaceAll(" ", "-");
}

// sourceLinks makes links to what isn't on the site, such as a source file, links to GitHub. A file
// that doesn't exist ends the build.
export function sourceLinks(md) {
  md.core.ruler.push("source_links", ({ tokens, env }) => {
    for (const token of tokens.flatMap((block) => block.children ?? [])) {
      if (token.type === "link_open") token.attrSet("href", linked(token.attrGet("href"), env.path));
    }
  });
}

function linked(href, page) {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [path, fragment] = href.split("#");
  const file = resolve(dirname(page), decodeURI(path));
  if (!existsSync(file)) throw new Error(`${page}: a link to ${href}, which doesn't exist`);
  if (onSite(file)) return href;
  const kind = statSync(file).isDirectory() ? "tree" : "blob";
  const inRepository = relative(repository, file).split(sep).join("/");
  return `${github}/${kind}/main/${inRepository}${fragment ? "#" + fragment : ""}`;
}

function onSite(file) {
  const [first] = relative(docs, file).split(sep);
  return !["..", "prebid"].includes(first) && file.endsWith(".md");
}

// braces keeps Vue from evaluating what stands between two of them in code.
export function braces(md) {
  const render = md.renderer.rules.code_inline;
  md.renderer.rules.code_inline = (tokens, at, ...rest) => {
    tokens[at].attrSet("v-pre", "");
    return render(tokens, at, ...rest);
  };
}
