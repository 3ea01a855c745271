// The API description as people use it: read, and tried out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, suite } from "./browser.mjs";

let browser;
let page;
let complaints;

before(async () => {
  browser = await launch();
  ({ page, complaints } = await open(browser));
});
after(async () => browser?.close());

async function signedInToken() {
  const data = { email: suite.email, password: suite.password };
  const answer = await page.request.post(new URL("/api/v1/auth/login", suite.url).href, { data });
  return (await answer.json()).access_token;
}

// Only what is on the screen is in the page: scrolls through all of it.
async function scrolling(look) {
  await page.evaluate(() => window.scrollTo(0, 0));
  for (let last = -1, place = 0; place !== last; ) {
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50))));
    if (await look()) return true;
    last = place;
    place = await page.evaluate(() => (window.scrollBy(0, 500), window.scrollY));
  }
  return false;
}

async function tryOut(path) {
  const operation = page.locator(".opblock-get", { has: page.locator(`[data-path="${path}"]`) }).first();
  assert.ok(await scrolling(async () => (await operation.count()) > 0), `${path} is not listed`);
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Execute" }).click();
  const live = operation.locator(".live-responses-table .response").first();
  await live.waitFor();
  return { status: await live.locator(".response-col_status").innerText(), body: await live.locator(".microlight").first().innerText() };
}

test("the description lists operations and schemas, and they can be tried out (M-209)", async () => {
  await page.goto(new URL("/swagger/index.html", suite.url).href);
  await page.locator(".opblock").first().waitFor();
  await page.locator(".opblock").first().waitFor();
  const document = await (await page.request.get(new URL("/api/v1/openapi.json", suite.url).href)).json();
  const listed = new Set();
  await scrolling(async () => {
    for (const path of await page.locator("[class^=opblock-summary-path][data-path]").evaluateAll((all) => all.map((one) => one.dataset.path))) listed.add(path);
  });
  assert.deepEqual([...listed].sort(), Object.keys(document.paths).sort());
  assert.ok(await scrolling(async () => (await page.locator("section.models").getByText("Problem", { exact: true }).count()) > 0), "no schemas");

  assert.match((await tryOut("/api/v1/me")).status, /401/);
  await page.locator(".auth-wrapper button.authorize").first().click();
  const dialog = page.locator(".dialog-ux");
  await dialog.getByRole("textbox").fill(await signedInToken());
  await dialog.getByRole("button", { name: "Apply credentials" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();
  const shown = await tryOut("/api/v1/overview");
  assert.match(shown.status, /200/);
  assert.match(shown.body, /incidents_open/);
  assert.deepEqual(complaints, []);
});
