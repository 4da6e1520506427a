// What the page does when its server is gone, slow or wrong, and what it wants to know first.
import { expect, inspect, kept, rows, test, token } from "./suite.js";

// settled waits until the page has taken in what the server had answered before.
const settled = (page) => page.evaluate(async () => {
  await (await fetch("/api/config")).text();
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
});

const pageToken = "a-token-of-the-page";

test("the server stops and comes back", async ({ page, startHost }) => {
  let host = await startHost(["-auctions", "20"]);
  await page.goto(`${host.url}/#auctions`);
  await expect(rows(page)).toHaveCount(20);
  await rows(page).first().click();
  await expect(page.locator("article.auction")).toBeVisible();
  await host.stop();
  await expect(page.locator("#connection")).toContainText("Connection lost");
  await page.getByRole("button", { name: "Show the raw UIDs" }).click();
  await expect(page.locator(".detail .problem")).toContainText("can't be reached");
  host = await startHost(["-auctions", "7"], host.addr);
  await expect(page.locator("#connection")).toHaveText("Connected", { timeout: 15_000 });
  await expect(rows(page)).toHaveCount(7);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".detail .problem")).toContainText("no longer kept");
  await expect(page.getByRole("button", { name: "Try again" })).toHaveCount(0);
});

test("the state says that it is from before while the server is away", async ({ page, baseURL }) => {
  await page.goto("/#state");
  await expect(page.getByText("Up to date")).toBeVisible();
  await page.route("**/api/state", (route) => route.abort());
  await expect(page.getByText("What you see is from before.")).toBeVisible();
  await expect(page.locator(".keyset")).toHaveCount(2);
  await page.unroute("**/api/state");
  await expect(page.getByText("Up to date")).toBeVisible();
  expect(page.url()).toBe(`${baseURL}/#state`);
});

test("an answer that comes late isn't shown in the place of a newer one", async ({ page }) => {
  let release;
  const late = new Promise((resolve) => { release = resolve; });
  await page.route("**/api/inspect", async (route) => {
    if (route.request().postDataJSON().text === token) await late;
    await route.continue();
  });
  await inspect(page, token);
  await expect(page.getByText("Inspecting…")).toBeVisible();
  await page.getByLabel("Paste anything").fill('{"imp":[]}');
  await page.getByRole("button", { name: "Inspect", exact: true }).click();
  await expect(page.locator(".summary")).toContainText("OpenRTB 2.6");
  const answered = page.waitForResponse("**/api/inspect");
  release();
  await answered;
  await settled(page);
  await expect(page.locator(".summary")).toContainText("OpenRTB 2.6");
});

test("an auction is waited for, and the next click doesn't wait", async ({ page }) => {
  await page.setViewportSize({ width: 1600, height: 900 });
  await page.goto("/#auctions");
  await expect(rows(page)).toHaveCount(100);
  const slow = (await rows(page).nth(0).locator(".c0").innerText()).replace(/\D/g, "");
  let release;
  const late = new Promise((resolve) => { release = resolve; });
  await page.route(`**/api/auctions/${slow}`, async (route) => {
    await late;
    await route.continue();
  });
  await rows(page).nth(0).click();
  await expect(page.getByText(/^Loading auction/)).toBeVisible();
  await rows(page).nth(1).click();
  const heading = page.locator("article.auction h2");
  await expect(heading).not.toContainText(new RegExp(`^${slow}:`));
  const shown = await heading.innerText();
  const answered = page.waitForResponse(`**/api/auctions/${slow}`);
  release();
  await answered;
  await settled(page);
  await expect(heading).toHaveText(shown);
});

for (const [path, look] of [
  ["samples", async (page) => expect(page.locator(".player .progress")).toContainText("The made-up fault")],
  ["play", async (page) => {
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await expect(page.locator(".player .problem")).toContainText("The made-up fault");
    await expect(page.getByRole("button", { name: "Play", exact: true })).toBeEnabled();
  }],
  ["auctions/NUMBER", async (page) => {
    await rows(page).first().click();
    await expect(page.locator(".detail .problem")).toContainText("The made-up fault");
    await page.unrouteAll();
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.locator("article.auction")).toBeVisible();
  }],
  ["actions/damage_a_byte", async (page) => {
    await page.goto("/#state");
    await page.getByRole("button", { name: "Damage a byte" }).click();
    await expect(page.locator(".outcome .problem")).toContainText("The made-up fault");
  }],
]) {
  test(`a 500 of /api/${path} is told, and can be tried again`, async ({ page }) => {
    const url = new RegExp(`/api/${path.replace("NUMBER", "\\d+")}$`);
    await page.route(url, (route) => route.fulfill({ status: 500, json: { error: "The made-up fault. Try again." } }));
    await page.goto("/#auctions");
    await expect(rows(page)).toHaveCount(100);
    await look(page);
  });
}

test("the page starts when its server does", async ({ page }) => {
  let failing = true;
  await page.route("**/api/config", (route) => failing ? route.fulfill({ status: 502, body: "" }) : route.continue());
  await page.goto("/");
  await expect(page.locator("#starting")).toContainText("HTTP 502");
  failing = false;
  await expect(rows(page)).toHaveCount(100);
});

test("the token form: a wrong token, and the right one", async ({ page, context, startHost }) => {
  const host = await startHost(["-token", pageToken]);
  await page.goto(`${host.url}/#auctions`);
  const field = page.getByLabel("Token");
  await expect(field).toBeFocused();
  expect((await context.request.get(`${host.url}/api/state`)).status()).toBe(401);
  await page.keyboard.type("another-token");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("isn't the page's token");
  await expect(field).toBeFocused();
  await page.keyboard.type(pageToken); // in the place of the wrong one, which is selected
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveCount(12);
  expect(JSON.stringify([await kept(page), await context.cookies()])).not.toContain(pageToken);
  await page.reload();
  await expect(rows(page)).toHaveCount(12);
});

test("nothing that was pasted is kept anywhere, nor sent in a URL or header", async ({ page }) => {
  const secret = "pasted-client-secret";
  const sent = [];
  page.on("request", (request) => sent.push(request.url(), JSON.stringify(request.headers())));
  await page.goto("/#inspector");
  await page.getByText("Options", { exact: true }).click();
  await page.getByLabel("Client secret").fill(secret);
  await page.getByLabel("Paste anything").fill(token);
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".summary")).toBeVisible();
  await page.goto("/#auctions");
  await page.getByLabel("Request", { exact: true }).selectOption("A request of your own");
  await page.getByLabel(/^Your request/).fill(`{"user":{"id":"${token}"}}`);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect(page.locator("article.auction")).toBeVisible();
  expect(sent.length).toBeGreaterThan(10);
  for (const text of [...sent, JSON.stringify(await kept(page))]) {
    expect(text).not.toContain(token.slice(0, 20));
    expect(text).not.toContain(secret);
  }
  await page.reload();
  await page.goto("/#inspector");
  await expect(page.getByLabel("Paste anything")).toHaveValue("");
  await page.goBack();
  await page.goForward();
  expect(await page.content()).not.toContain(token);
});
