// What a reader comes to the page for, with the real demo behind it.
import { expect, inspect, rows, test } from "./suite.js";

test.use({ real: true });

// A raw UID in base64: 32 or 33 bytes. Tokens are longer.
const rawUID = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{43,44}=?(?![A-Za-z0-9+/=_-])/;

const sampleBody = async (request, name) => {
  const samples = await (await request.get("/api/samples")).json();
  return samples.find((sample) => sample.name === name).body;
};

// play plays a sample and waits until its auction is shown.
async function play(page, name) {
  await page.goto("/#auctions");
  await page.getByLabel("Request", { exact: true }).selectOption(name);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(page.locator("article.auction h2")).toContainText(name);
}

// act presses a button of the state section that plays an auction, and shows the auction.
async function act(page, button) {
  await page.goto("/#state");
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("button", { name: /^Show auction/ }).click();
  await expect(page.locator("article.auction")).toBeVisible();
}

test("why a pasted token is refused: it has expired", async ({ page }) => {
  await play(page, "site-video-expired");
  await page.getByText("The request as it came in", { exact: true }).click();
  const incoming = JSON.parse(await page.getByRole("region", { name: "The request as it came in" }).innerText());
  const token = incoming.user.ext?.eids?.[0].uids[0].id ?? incoming.user.eids[0].uids[0].id;
  await inspect(page, token);
  await expect(page.locator(".summary")).toContainText("ExpiredToken");
  await expect(page.locator(".checks li.bad")).toHaveCount(1);
  await expect(page.locator(".checks li.bad")).toContainText("What to do:");
  await expect(page.locator(".advice")).toBeVisible();
});

test("why a request's token is refused, beside its status", async ({ page }) => {
  await play(page, "site-video-expired");
  await page.getByRole("button", { name: "Inspect this request" }).click();
  const uid = page.getByRole("row").filter({ hasText: "ExpiredToken" });
  await expect(uid.getByRole("cell").last()).toContainText(/^it expired .* ago, at /);
});

test("which bidder got the raw UID, which is shown only on demand", async ({ page }) => {
  await play(page, "site-banner-uid2-v4");
  await expect(page.locator("article.auction .facts")).toContainText(/Raw UID went to\s*demodsp/);
  for (const bidder of await page.getByRole("tab").all()) {
    await bidder.click();
    expect(await page.content()).not.toMatch(rawUID);
  }
  await page.getByRole("tab", { name: "demodsp26" }).click();
  await expect(page.locator("article.auction .panel .added").filter({ hasText: '"raw": "•••"' })).toHaveCount(1); // as in the inspector
  await page.getByRole("tab", { name: "demodsp26" }).click();
  await page.getByRole("button", { name: "Show the raw UIDs" }).click();
  await expect(page.getByText("Raw UIDs are shown.")).toBeVisible();
  await expect(page.getByRole("tab", { name: "demodsp26" })).toHaveAttribute("aria-selected", "true");
  const shown = page.locator("article.auction .panel .added").filter({ hasText: rawUID });
  await expect(shown).not.toHaveCount(0);
  await expect.poll(() => shown.first().evaluate((line) => {
    const box = line.closest("pre").getBoundingClientRect(), at = line.getBoundingClientRect();
    return at.top >= box.top && at.bottom <= box.bottom; // without looking for it
  })).toBe(true);
  await page.getByRole("button", { name: "Close" }).click();
  expect(await page.content()).not.toMatch(rawUID);
});

test("whether the keysets are fresh, and what a failed refresh looks like", async ({ page }) => {
  await page.goto("/#state");
  const keyset = page.locator(".keyset").filter({ has: page.getByRole("heading", { name: "UID2" }) });
  await expect(keyset).toContainText("✓ ready");
  await expect(keyset).toContainText(/Fetched.*Next refresh.*The last key expires/s);
  await expect(keyset).not.toContainText("failed");
  await page.getByRole("button", { name: /operator down/ }).click();
  await expect(keyset).toContainText("last refresh failed", { timeout: 20_000 });
  await expect(keyset).toContainText("✓ ready");
  await page.getByRole("button", { name: /operator (up|back)/ }).click();
  await expect(keyset).not.toContainText("failed", { timeout: 20_000 });
});

test("a user opts out, and the next auction says so", async ({ page }) => {
  await page.goto("/#state");
  const user = page.getByRole("row").filter({ hasText: "kevin@example.com" });
  await user.getByRole("button", { name: /^Play an auction/ }).click();
  await page.getByRole("button", { name: /^Show auction/ }).click();
  await expect(page.locator("article.auction .chips").first()).toContainText("Success");
  await page.goto("/#state");
  await user.getByRole("button", { name: /^Opt out now/ }).click();
  await expect(user).toContainText("✕ opted out");
  await user.getByRole("button", { name: /^Play an auction/ }).click();
  await page.getByRole("button", { name: /^Show auction/ }).click();
  await expect(page.locator("article.auction .chips").first()).toContainText("UserOptedOut");
  await expect(page.locator("article.auction .facts")).toContainText(/Raw UID went to\s*nobody/);
});

test("COPPA withholds a request's raw UIDs", async ({ page }) => {
  await act(page, "Send a child's request");
  await expect(page.locator("article.auction .chips").first()).toContainText("Withheld: coppa");
  await expect(page.locator(".gates li").filter({ hasText: "coppa" })).toContainText("✕ closed");
  await page.getByRole("button", { name: "Inspect this request" }).click();
  await expect(page.locator(".signal").filter({ hasText: "regs.coppa" })).toContainText("closes the gate coppa");
});

test("a pasted bid request: its gates, and what a bidder gets in each mode", async ({ page, request }) => {
  await inspect(page, await sampleBody(request, "site-banner-uid2-v4"));
  await expect(page.locator(".summary")).toContainText("Bid request");
  await expect(page.locator(".result .gates li")).not.toHaveCount(0);
  await expect(page.locator(".result .gates")).not.toContainText("closed");
  const lines = page.getByRole("tabpanel").locator(".line");
  for (const [mode, added, removed] of [["annotate", '"raw": "•••"', 0], ["replace", '"id": "•••"', 1], ["drop opted out", '"raw": "•••"', 0]]) {
    await page.getByRole("tab", { name: mode }).click();
    await expect(lines.and(page.locator(".added")).filter({ hasText: added })).toHaveCount(1);
    await expect(lines.and(page.locator(".removed"))).toHaveCount(removed);
  }
  expect(await page.locator(".result").innerHTML()).not.toMatch(rawUID);
});

test("a raw UID that a bidder sends back is taken out of the response", async ({ page }) => {
  await act(page, /^Have a bidder send the raw UID back/);
  const redaction = page.getByRole("region", { name: "The response before and after redaction" });
  await expect(redaction.locator(".removed").first()).toContainText("•••");
  await expect(redaction.locator(".added").first()).toContainText("REDACTED");
  await expect(page.getByText(/^Raw UIDs were taken out in \d+ places? before the caller got it\.$/)).toBeVisible();
  expect(await page.content()).not.toMatch(rawUID);
  await page.getByRole("button", { name: "Show the raw UIDs" }).click();
  await expect(redaction.locator(".removed").first()).toContainText(rawUID);
  await expect(redaction.locator(".added").first()).toContainText("REDACTED");
});

test("each action does what it says", async ({ page }) => {
  for (const [button, status] of [[/^Damage a byte/, "Invalid"], [/^Send a token of another site/, "DomainOrAppNameCheckFailed"], [/^Send an expired token/, "ExpiredToken"]]) {
    await page.goto("/#state");
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("button", { name: "Inspect it" }).click();
    await expect(page.locator(".summary")).toContainText(status === "Invalid" ? /✕/ : status);
    await act(page, button);
    await expect(page.locator("article.auction .chips").first()).not.toContainText("Success");
  }
  await page.goto("/#auctions");
  await expect(rows(page).first()).toContainText("Send an expired token");
});
