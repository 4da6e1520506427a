import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { braces, slug, sourceLinks } from "./links.mjs";
import { sidebar } from "./sidebar.mjs";

// The pages stay as GitHub shows them. Nothing of the site comes from another host.
export default defineConfig({
  title: "uid2rtb",
  description: "UID2 and EUID for real-time bidding, in Go",
  lang: "en",
  base: "/uid2rtb/",
  srcExclude: ["prebid/**"], // pages for docs.prebid.org
  rewrites: { "README.md": "index.md" },
  cleanUrls: true,
  markdown: {
    anchor: { slugify: slug },
    toc: { slugify: slug },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config: (md) => md.use(sourceLinks).use(braces),
  },
  vite: {
    resolve: {
      alias: [{ find: /^.*\/VPSocialLink\.vue$/, replacement: fileURLToPath(new URL("theme/NoSocialLink.vue", import.meta.url)) }],
    },
  },
  themeConfig: {
    sidebar,
    outline: [2, 3],
    search: { provider: "local" },
    nav: [{ text: "GitHub", link: "https://github.com/uid2rtb/uid2rtb" }],
    editLink: { pattern: "https://github.com/uid2rtb/uid2rtb/edit/main/docs/:path", text: "Change this page" },
  },
});
