// Opting a user out: there is one way, which says what it does and that it's done.
import { expect, test } from "./suite.js";

const alice = (page) => page.getByRole("row").filter({ hasText: "alice@example.com" });

test("the button says that it works, and then that there is nothing left to do", async ({ page }) => {
  let calls = 0, release;
  const late = new Promise((resolve) => { release = resolve; });
  await page.route("**/api/actions/opt_out", async (route) => {
    calls++;
    await late;
    await route.continue();
  });
  await page.goto("/#state");
  await alice(page).getByRole("button", { name: /^Opt out now/ }).click();
  const working = alice(page).getByRole("button", { name: /^Opting out…/ });
  await expect(working).toBeDisabled();
  await expect(working).toBeFocused();
  await page.keyboard.press("Enter");
  release();
  const done = alice(page).getByRole("button", { name: /^Has opted out/ });
  await expect(done).toBeDisabled();
  await expect(done).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(alice(page)).toContainText("✕ opted out");
  await expect(page.getByText("alice@example.com is opted out.")).toBeVisible();
  expect(calls).toBe(1);
  await page.getByRole("button", { name: /^Show auction/ }).click();
  await expect(page.locator("article.auction")).toBeVisible();
});

test("what fails can be tried again", async ({ page }) => {
  await page.route("**/api/actions/opt_out", (route) => route.fulfill({ status: 500, json: { error: "The made-up fault." } }));
  await page.goto("/#state");
  const doris = page.getByRole("row").filter({ hasText: "doris@example.com" });
  await doris.getByRole("button", { name: /^Opt out now/ }).click();
  await expect(page.getByText("The made-up fault.")).toBeVisible();
  await expect(doris.getByRole("button", { name: /^Opt out now/ })).toBeEnabled();
});

test("there is one way to opt a user out", async ({ page }) => {
  await page.goto("/#state");
  await expect(alice(page)).toBeVisible();
  await expect(page.getByRole("button", { name: /^Damage a byte/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /opt.*out.*alice/i })).toHaveCount(1);
  await expect(page.getByRole("combobox")).toHaveCount(0);
});
