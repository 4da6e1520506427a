// Whatever a reader may want elsewhere can be copied.
import { expect, rows, test, token } from "./suite.js";

const pasted = (page) => page.evaluate(() => navigator.clipboard.readText());

test.beforeEach(({ context }) => context.grantPermissions(["clipboard-read", "clipboard-write"]));

test("an auction's request, and the token in it", async ({ page }) => {
  await page.goto("/#auctions");
  await rows(page).first().click();
  await page.getByRole("button", { name: "Copy the request" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  await page.getByText("The request as it came in", { exact: true }).click();
  const shown = page.getByRole("region", { name: "The request as it came in" });
  const request = JSON.parse(await pasted(page));
  expect(JSON.parse(await shown.innerText())).toEqual(request);
  const button = shown.getByRole("button", { name: "Copy the token" }).first();
  await button.click();
  await expect(shown.getByRole("button", { name: "Copied" })).toBeFocused();
  expect(await pasted(page)).toBe(token);
  await expect(shown.getByRole("button", { name: "Copied" })).toHaveCount(0);
  await expect(button).toHaveAccessibleName("Copy the token");
});

test("the token that an action made", async ({ page }) => {
  await page.goto("/#state");
  await page.getByRole("button", { name: "Damage a byte" }).click();
  await page.getByRole("button", { name: "Copy it" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await pasted(page)).toBe(token);
});

test("without the browser's clipboard, as over plain HTTP", async ({ page }) => {
  await page.addInitScript(() => {
    window.clipboard = navigator.clipboard;
    Object.defineProperty(navigator, "clipboard", { value: undefined });
  });
  await page.goto("/#state");
  await page.getByRole("button", { name: "Damage a byte" }).click();
  await page.getByRole("button", { name: "Copy it" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeFocused();
  expect(await page.evaluate(() => window.clipboard.readText())).toBe(token);
});

test("a browser that refuses says what to do", async ({ page }) => {
  await page.addInitScript(() => { navigator.clipboard.writeText = () => Promise.reject(new Error("no")); });
  await page.goto("/#state");
  await page.getByRole("button", { name: "Damage a byte" }).click();
  await page.getByRole("button", { name: "Copy it" }).click();
  await expect(page.getByRole("button", { name: /press Ctrl\+C/ })).toBeVisible();
});
