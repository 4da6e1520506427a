// Debian's Chromium, and the test host, which is built and started here.
import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const chromium = "/usr/bin/chromium";
if (!existsSync(chromium)) throw new Error(`${chromium} is missing: apt-get install chromium`);

export default defineConfig({
  testDir: ".", workers: 1, timeout: 30_000, reporter: "list",
  use: { baseURL: "http://127.0.0.1:8198", launchOptions: { executablePath: chromium, args: ["--no-sandbox"] } },
  webServer: {
    command: "go run ../internal/testhost -addr 127.0.0.1:8198 -auctions 130", url: "http://127.0.0.1:8198/", timeout: 120_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 3000 },
  },
});
