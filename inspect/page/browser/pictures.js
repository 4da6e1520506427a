// Pictures of the page, as the docs show it, from the real demo.
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, rows, test } from "./suite.js";

const most = 200 << 10; // bytes
const to = (name) => fileURLToPath(new URL(`../../../docs/images/${name}.png`, import.meta.url));

test.use({ real: true, viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1, contextOptions: { reducedMotion: "reduce" } });

for (const colorScheme of ["light", "dark"]) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    // take takes a picture of what is seen, in few colours.
    async function take(page, name) {
      const path = to(`page-${name}-${colorScheme}`);
      await page.mouse.move(0, 0);
      await page.screenshot({ path, animations: "disabled", caret: "hide" });
      execFileSync("pngquant", ["--force", "--strip", "--speed", "1", "--output", path, "128", path]);
      expect(statSync(path).size).toBeLessThan(most);
    }

    test("live auctions, one of them open", async ({ page }) => {
      await page.goto("/#auctions");
      await page.getByLabel("Request", { exact: true }).selectOption("site-banner-uid2-v4");
      await page.getByRole("button", { name: "Play", exact: true }).click();
      await expect(page.locator("article.auction")).toBeVisible();
      await expect(rows(page)).not.toHaveCount(0);
      await page.locator("pre .added").filter({ hasText: '"status"' }).first().evaluate((line) => {
        const difference = line.closest("pre");
        difference.scrollTop += line.getBoundingClientRect().top - difference.getBoundingClientRect().top - 60;
      });
      await take(page, "auctions");
    });

    test("the inspector, with an expired token", async ({ page }) => {
      await page.goto("/#state");
      await page.getByRole("button", { name: /^Send an expired token/ }).click();
      await page.getByRole("button", { name: "Inspect it" }).click();
      await expect(page.locator(".checks")).toBeVisible();
      await page.evaluate(() => scrollTo(0, 0));
      await take(page, "inspector");
    });

    test("the state", async ({ page }) => {
      await page.goto("/#state");
      await expect(page.locator(".keyset").first()).toBeVisible();
      await take(page, "state");
    });
  });
}
