// What the public sees of a status page, told against a running suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, launch, open, suite } from "./browser.mjs";

const word = Date.now().toString(36);
const pictures = process.env.PICTURES; // a folder, to look at the pages
const made = [];
let browser;
let api;
let seen;

const to = (path) => new URL(path, suite.url).href;
const picture = async (name) => pictures && seen.page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
const add = async (path, body) => {
  const one = await api("POST", path, body);
  made.unshift(`${path}/${one.id}`);
  return one;
};

before(async () => {
  assert.ok(suite.url, "MONITRON_URL names the suite");
  api = await client();
  const check = await add("/checks", { kind: "tcp", name: `private-${word}`, target: "127.0.0.1:1", interval_seconds: 5, failures_before_down: 1, timeout_seconds: 1, retry_interval_seconds: 0 });
  const page = await add("/status-pages", {
    slug: `shop-${word}`, title: "Our shop", description: "What works of it.", published: true,
    sections: [{ name: "Front", components: [{ id: "web", name: "Web shop", selector: { check_id: check.id } }, { id: "mail", name: "Letters", description: "Orders and bills", selector: { check: `nothing-${word}` } }] }],
  });
  await add("/status-posts", { page_id: page.id, title: "The shop is away", text: "We are at it.", components: ["web"] });
  browser = await launch();
  seen = await open(browser);
});
after(async () => {
  for (const path of made) await api("DELETE", path).catch(() => undefined);
  await browser?.close();
});

test("anybody sees what works, and what is said about it (M-167, M-216)", async () => {
  await seen.page.goto(to(`/status/shop-${word}`));
  await seen.page.getByRole("heading", { name: "Partial outage" }).waitFor({ timeout: 60_000 });
  await seen.page.getByText("We are at it.").waitFor();
  const components = seen.page.getByRole("listitem");
  assert.match(await components.filter({ hasText: "Web shop" }).innerText(), /Major outage/);
  assert.match(await components.filter({ hasText: "Letters" }).innerText(), /Unknown/);
  assert.doesNotMatch(await seen.page.content(), new RegExp(`private-${word}`));
  await picture("status");
  await seen.page.setViewportSize({ width: 380, height: 800 });
  await picture("status_narrow");
});

test("a page that cannot be read anew says nothing of now, and one that was withdrawn goes (M-216)", async () => {
  await seen.page.goto(to(`/status/shop-${word}`));
  await seen.page.getByRole("heading", { name: "Partial outage" }).waitFor();
  await seen.page.route("**/api/v1/public/**", (route) => route.fulfill({ status: 503, body: "" }));
  await seen.page.getByRole("heading", { name: "The state is not known now" }).waitFor({ timeout: 60_000 });
  await picture("status_old");
  await seen.page.unroute("**/api/v1/public/**");
  await seen.page.getByRole("heading", { name: "Partial outage" }).waitFor({ timeout: 60_000 });
  await api("PATCH", made.find((path) => path.startsWith("/status-pages/")), { published: false });
  await seen.page.getByText("There is no such status page").waitFor({ timeout: 60_000 });
  seen.complaints.length = 0; // of the 503 and the 404
});

test("a page that is not there says so", async () => {
  await seen.page.goto(to(`/status/nobody-${word}`));
  await seen.page.getByText("There is no such status page").waitFor();
  assert.deepEqual(seen.complaints, []);
});
