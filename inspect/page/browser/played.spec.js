// The auction that a reader plays is found in the list, or the list says why not.
import { expect, rows, test } from "./suite.js";

const play = (page) => page.getByRole("button", { name: "Play", exact: true }).click();
const hidden = (page) => page.getByText(/^Auction [\d,]+, which you played, is hidden by the filter\.$/);

test.beforeEach(async ({ page }) => {
  await page.setViewportSize({ width: 1600, height: 900 }); // the list beside the auction
  await page.goto("/#auctions");
  await expect(rows(page)).toHaveCount(100);
});

test("a filter that hides it, and all shown again", async ({ page }) => {
  await page.getByLabel("Search").fill("no such auction");
  await expect(rows(page)).toHaveCount(0);
  await expect(hidden(page)).toHaveCount(0);
  await play(page);
  await expect(page.locator("article.auction")).toBeVisible();
  await expect(hidden(page)).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page.getByLabel("Search")).toHaveValue("");
  await expect(rows(page)).toHaveCount(100);
  await expect(page.locator('.list tr[aria-current="true"]')).toHaveCount(1);
  await expect(hidden(page)).toHaveCount(0);
});

test("many that a filter hides, and a filter that was set afterwards", async ({ page }) => {
  await page.getByLabel("Search").fill("no such auction");
  await page.getByLabel("Times").fill("3");
  await play(page);
  await expect(page.getByText("3 auctions played.")).toBeVisible();
  await expect(hidden(page)).toBeVisible();
  await page.getByLabel("Search").fill("nor such");
  await expect(hidden(page)).toHaveCount(0);
});

test("a list that is paused", async ({ page }) => {
  await page.getByRole("button", { name: "Pause" }).click();
  await play(page);
  await expect(page.getByText(/which you played, is in the list when it goes on\.$/)).toBeVisible();
  await page.getByRole("button", { name: "Go on (1 new)" }).click();
  await expect(page.getByText(/which you played/)).toHaveCount(0);
  await expect(rows(page).first()).toHaveAttribute("aria-current", "true");
});
