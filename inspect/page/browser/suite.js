// What the tests share.
import { expect, test as base } from "@playwright/test";
import { demo, testHost } from "./hosts.js";

export { expect };

// test has a page whose host is the test host, or the real demo by test.use({ real: true }).
// Whatever the browser refuses or a script throws fails it.
export const test = base.extend({
  real: [false, { option: true, scope: "worker" }],
  host: [async ({ real }, use) => {
    const host = real ? await demo() : await testHost(["-auctions", "130"]);
    await use(host);
    await host.stop();
  }, { scope: "worker", timeout: 60_000 }],
  baseURL: ({ host }, use) => use(host.url),
  // startHost starts a test host for one test, which ends with it whatever happens.
  startHost: async ({}, use) => {
    const started = [];
    await use(async (...args) => {
      const host = await testHost(...args);
      started.push(host);
      return host;
    });
    for (const host of started) await host.stop();
  },
  faults: [async ({ context }, use) => {
    const faults = [];
    context.on("weberror", (error) => faults.push(error.error().message));
    context.on("console", (message) => {
      if (/Content Security Policy|TrustedHTML|violat/i.test(message.text())) faults.push(message.text());
    });
    await use(faults);
    expect(faults).toEqual([]);
  }, { auto: true }],
});

// token looks like one, and so is taken for one by the test host.
export const token = `A4AAAABk${"bmlyZS1zdHJhdGE_".repeat(13)}`;

export const rows = (page) => page.locator(".list tbody tr");

// inspect pastes a text into the inspector.
export async function inspect(page, text) {
  await page.goto("/#inspector");
  await page.getByLabel("Paste anything").fill(text);
  await page.getByRole("button", { name: "Inspect", exact: true }).click();
}

// kept is everything that the browser could keep of what was pasted.
export const kept = (page) => page.evaluate(async () => ({
  url: location.href, state: history.state, local: { ...localStorage }, session: { ...sessionStorage },
  databases: await indexedDB.databases(), caches: await caches.keys(), title: document.title, referrer: document.referrer,
}));
