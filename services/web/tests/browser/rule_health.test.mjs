// What rules do, and what is wrong with them, told against a running suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, launch, open, signIn, suite } from "./browser.mjs";

const name = `health-${Date.now().toString(36)}`;
const made = []; // paths of what the stories made, to be deleted
let browser;
let page;
let complaints;
let api;

const go = async (path) => page.goto(new URL(path, suite.url).href);
const row = (text) => page.locator("tbody tr", { hasText: text });

before(async () => {
  assert.ok(suite.url && suite.email && suite.password, "MONITRON_URL, ADMIN_EMAIL and ADMIN_PASSWORD name the suite");
  api = await client();
  browser = await launch();
  ({ page, complaints } = await open(browser));
  await signIn(page);
});
after(async () => {
  for (const path of made) await api("DELETE", path).catch(() => undefined);
  await browser?.close();
});

test("a recording rule is made, listed with what it makes, and evaluated (M-047)", async () => {
  await go("/alerts/rules/new");
  await page.getByText("Recording", { exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill(`${name} recorded`);
  await page.getByLabel("Series that it makes").fill("not a name");
  await page.getByLabel("Expression", { exact: true }).fill("count(probe_success)");
  await page.getByLabel("Evaluated every, seconds").fill("1");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.locator(".field .wrong").first().waitFor();
  await page.getByLabel("Series that it makes").fill("suite:probes:count");
  await page.getByRole("button", { name: "Add rule" }).click();
  await row(`${name} recorded`).getByText("suite:probes:count").waitFor();
  const { items } = await api("GET", "/rules?limit=500");
  made.unshift(`/rules/${items.find((one) => one.name === `${name} recorded`).id}`);
  await row(`${name} recorded`).getByText("Evaluated").waitFor({ timeout: 90_000 });
  await page.getByRole("link", { name: `Edit ${name} recorded` }).click();
  await page.locator("[aria-label=Health]").getByText("It took").waitFor({ timeout: 30_000 });
  assert.equal(await page.getByLabel("Severity").count(), 0);
  await page.getByLabel("Evaluated every, seconds").fill("2");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await row(`${name} recorded`).getByText("every 2 s", { exact: true }).waitFor();
});

test("a rule that cannot be evaluated says why, in the list and on its page", async () => {
  const check = await api("POST", "/checks", { name: `${name} port`, kind: "tcp", target: "127.0.0.1:1", interval_seconds: 1, timeout_seconds: 1 });
  made.unshift(`/checks/${check.id}`);
  // Two metrics of one check are the same but for their names.
  const rule = await api("POST", "/rules", {
    name: `${name} fails`, kind: "promql", interval_seconds: 1, expr: `{__name__=~"probe_success|probe_duration_seconds", check="${name} port"} >= 0`,
  });
  made.unshift(`/rules/${rule.id}`);
  await go("/alerts/rules");
  await row(`${name} fails`).getByText("Failing").waitFor({ timeout: 90_000 });
  await row(`${name} fails`).getByText("metrics with the same labelset").waitFor();
  await page.getByRole("link", { name: `Edit ${name} fails` }).click();
  await page.locator(".note.bad").getByText("metrics with the same labelset").waitFor();
  await page.getByLabel("Expression", { exact: true }).fill(`probe_success{check="${name} port"} == 2`);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await row(`${name} fails`).getByText("Evaluated").waitFor({ timeout: 90_000 });
});

test("a rule on what is unusual is made of a template, and says that it learns", async () => {
  await go("/alerts/rules/templates");
  await page.locator(".gallery button", { hasText: "Answers are unusually slow" }).click();
  const dialog = page.locator("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(`${name} slow`);
  await dialog.getByLabel("And by at least, ms").fill("250");
  await dialog.getByRole("button", { name: "Add rule" }).click();
  await page.getByRole("heading", { name: `Edit ${name} slow` }).waitFor();
  made.unshift(`/rules/${page.url().split("/").at(-2)}`);
  assert.equal(await page.getByLabel("Never unusual, closer than").inputValue(), "0.25");
});

test("a rule on failing rules is made for some rules only", async () => {
  await go("/alerts/rules/new");
  await page.getByText("Rule cannot be evaluated", { exact: true }).click();
  await page.getByLabel("Name", { exact: true }).fill(`${name} watches`);
  await page.getByRole("button", { name: "Add rule" }).click();
  await row(`${name} watches`).getByText("Any rule cannot be evaluated").waitFor();
  const { items } = await api("GET", "/rules?limit=500");
  const rule = items.find((one) => one.name === `${name} watches`);
  made.unshift(`/rules/${rule.id}`);
  assert.equal(rule.for_seconds, 300);
});

test("no script failed and the content policy was not violated", () => {
  assert.deepEqual(complaints, []);
});
