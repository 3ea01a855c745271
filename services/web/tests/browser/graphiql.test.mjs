// The workbench of GraphQL, told against a running suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, launch, open, signIn, suite } from "./browser.mjs";

let browser;
let page;
let complaints;
let api;
let made;

before(async () => {
  assert.ok(suite.url && suite.email && suite.password, "MONITRON_URL, ADMIN_EMAIL and ADMIN_PASSWORD name the suite");
  api = await client();
  made = await api("POST", "/instances", { hostname: `workbench-${Date.now().toString(36)}.example` });
  browser = await launch();
  ({ page, complaints } = await open(browser));
  await signIn(page);
});
after(async () => {
  if (made) await api("DELETE", `/instances/${made.id}`).catch(() => undefined);
  await browser?.close();
});

test("a query is written and asked as whoever is signed in (M-171)", async () => {
  await page.goto(new URL("/settings", suite.url).href);
  await page.getByRole("link", { name: "GraphiQL" }).click();
  await page.getByRole("heading", { name: "GraphQL" }).waitFor();
  const query = `{ me { email } instances(q: "${made.hostname}") { nodes { hostname } } }`;
  const editor = page.locator(".graphiql-query-editor .CodeMirror");
  await editor.waitFor();
  await editor.evaluate((element, text) => element.CodeMirror.setValue(text), query);
  await page.getByRole("button", { name: /execute query/i }).click();
  const result = page.locator(".result-window");
  await result.getByText(made.hostname).waitFor();
  await result.getByText(suite.email).waitFor();
  assert.deepEqual(complaints, []);
});
