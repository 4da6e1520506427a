import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, inspect, kept, rows, test, token } from "./suite.js";

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const rawUID = "oA9CQHH1Ukv/rzgAB+T5O+8mgWz1teQGQv02ZlXaHvR1";

test("the last hundred of 10,000 auctions, and one opened", async ({ page, request }) => {
  await page.goto("/#auctions");
  await expect(rows(page)).toHaveCount(100);
  await request.post("/control/auctions?n=10000");
  await expect(page.locator(".total")).toContainText("10,");
  await expect(rows(page)).toHaveCount(100);
  await rows(page).nth(3).click();
  await expect(page.locator("article.auction")).toBeVisible();
  expect(await page.content()).not.toContain(rawUID);
  await page.getByRole("button", { name: "Show the raw UIDs" }).click();
  await expect(page.getByText("Raw UIDs are shown.")).toBeVisible();
});

test("pause, filter, and play many times", async ({ page }) => {
  await page.goto("/#auctions");
  await expect(rows(page)).toHaveCount(100);
  await page.getByLabel("Status").selectOption("UserOptedOut");
  await expect(rows(page)).toHaveCount(25);
  await page.getByLabel("Status").selectOption("");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByLabel("Times").fill("50");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(page.getByText("50 auctions played.")).toBeVisible();
  await page.getByRole("button", { name: "Go on (50 new)" }).click();
});

test("the keyboard alone opens an auction and closes it", async ({ page }) => {
  await page.goto("/#auctions");
  await expect(rows(page)).toHaveCount(100);
  await rows(page).first().getByRole("button").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.locator("#detail")).toBeFocused();
  await page.getByRole("button", { name: "Close" }).press("Enter");
  await expect(rows(page).nth(1).getByRole("button")).toBeFocused();
});

test("the inspector keeps nothing", async ({ page }) => {
  for (const [text, says] of [[token, "version 4"], ['{"imp":[]}', "OpenRTB 2.6"], ["\u0000<script>", "nothing that is known"], [rawUID, "hasn't opted out"]]) {
    await inspect(page, text);
    await expect(page.locator(".summary")).toContainText(says);
  }
  const { url, title, referrer, ...rest } = await kept(page);
  expect([new URL(url).search, new URL(url).hash, title, referrer]).toEqual(["", "#inspector", "Inspector · uid2rtb", ""]);
  expect(rest).toEqual({ state: null, local: {}, session: {}, databases: [], caches: [] });
  await page.getByRole("button", { name: "Show the raw UID" }).click();
  await expect(page.locator(".result")).toContainText(rawUID);
});

test("errors and cut streams", async ({ page, request }) => {
  await page.route("**/api/inspect", (route) => route.fulfill({ status: 500, body: "not JSON" }));
  await inspect(page, token);
  await expect(page.locator(".problem").first()).toContainText("HTTP 500");
  await expect(page.locator("#connection")).toHaveText("Connected");
  await page.route("**/api/auctions/events*", (route) => route.abort());
  await request.post("/control/cut");
  await expect(page.locator("#connection")).toContainText("Connection lost");
  await page.unroute("**/api/auctions/events*");
  await expect(page.locator("#connection")).toHaveText("Connected");
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 1280, 2560]) {
    test(`axe finds nothing: ${colorScheme}, ${width}`, async ({ browser, baseURL }) => {
      const context = await browser.newContext({ baseURL, viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
      const page = await context.newPage();
      const check = async (what) => {
        await page.evaluate(axe);
        const found = await page.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)}`));
        expect(found, what).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), what).toBeLessThanOrEqual(0);
      };
      await page.goto("/#auctions");
      await expect(rows(page)).toHaveCount(100);
      await check("auctions");
      await rows(page).first().click();
      await expect(page.locator("article.auction")).toBeVisible();
      await check("an auction");
      for (const text of [token, '{"imp":[]}']) {
        await inspect(page, text);
        await expect(page.locator(".summary")).toBeVisible();
        await check(text.slice(0, 8));
      }
      await page.goto("/#state");
      await expect(page.locator(".keyset").first()).toBeVisible();
      await check("state");
      await context.close();
    });
  }
}
