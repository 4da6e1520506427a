// Debian's Chromium. The tests start their hosts themselves.
import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const chromium = "/usr/bin/chromium";
if (!existsSync(chromium)) throw new Error(`${chromium} is missing: apt-get install chromium`);

export default defineConfig({
  testDir: ".", workers: 1, timeout: 30_000, reporter: "list", globalSetup: "./hosts.js",
  use: { launchOptions: { executablePath: chromium, args: ["--no-sandbox"] } },
  projects: [
    { name: "tests", testMatch: "*.spec.js" },
    { name: "pictures", testMatch: "pictures.js" },
  ],
});
