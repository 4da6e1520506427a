// Everything by the keyboard alone.
import { expect, rows, test, token } from "./suite.js";

// tabTo presses Tab until an element has the focus, which must be seen there.
async function tabTo(page, element, key = "Tab") {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(key);
    if (await element.evaluate((one) => one === document.activeElement)) {
      expect(await element.evaluate((one) => getComputedStyle(one).outlineStyle), "the focus is seen").not.toBe("none");
      return;
    }
  }
  throw new Error(`Tab doesn't come to ${element}`);
}

test("the skip link leads to the content", async ({ page }) => {
  await page.goto("/");
  await expect(rows(page)).toHaveCount(100);
  await page.keyboard.press("Tab");
  await expect(page.locator("#skip")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

test("list, auction, bidders and back", async ({ page }) => {
  await page.goto("/");
  await expect(rows(page)).toHaveCount(100);
  const names = rows(page).getByRole("button");
  await tabTo(page, names.first());
  for (const [key, at] of [["End", 99], ["Home", 0], ["PageDown", 10], ["ArrowUp", 9], ["ArrowDown", 10]]) {
    await page.keyboard.press(key);
    await expect(names.nth(at)).toBeFocused();
  }
  await page.keyboard.press("Enter");
  await expect(page.locator("#detail")).toBeFocused();
  const bidders = page.getByRole("tablist", { name: "Bidders" }).getByRole("tab");
  await tabTo(page, bidders.first());
  for (const [key, at] of [["ArrowRight", 1], ["ArrowRight", 0], ["ArrowLeft", 1], ["Home", 0], ["End", 1]]) {
    await page.keyboard.press(key);
    await expect(bidders.nth(at)).toBeFocused();
    await expect(bidders.nth(at)).toHaveAttribute("aria-selected", "true");
    await expect(page.getByRole("tabpanel")).toHaveAccessibleName(await bidders.nth(at).innerText());
  }
  const whole = page.locator("summary", { hasText: "The request as it came in" });
  await tabTo(page, whole);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "The request as it came in" })).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Close" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(names.nth(10)).toBeFocused();
});

test("sections, the inspector and an action", async ({ page }) => {
  await page.goto("/");
  await expect(rows(page)).toHaveCount(100);
  await tabTo(page, page.getByRole("link", { name: "Inspector" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Inspector" })).toBeVisible();
  await tabTo(page, page.getByLabel("Paste anything"));
  await page.keyboard.insertText(token);
  await tabTo(page, page.getByRole("button", { name: "Inspect", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.locator("#result")).toBeFocused();
  await tabTo(page, page.getByRole("link", { name: "State" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  const action = page.getByRole("button", { name: "Damage a byte" });
  await expect(action).toBeVisible();
  await tabTo(page, action);
  await page.keyboard.press("Enter");
  await expect(page.getByText("The token was damaged.")).toBeVisible();
  await expect(action).toBeFocused();
  await tabTo(page, page.getByRole("button", { name: "Inspect it" }));
  await page.keyboard.press("Enter");
  await expect(page.locator("#result")).toBeFocused();
});
