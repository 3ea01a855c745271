// What people say about what they watch, told against a running suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, launch, open, signIn, suite } from "./browser.mjs";

const name = `reg-${Date.now().toString(36)}`;
const made = []; // paths of what the stories made, to be deleted
let browser;
let page;
let complaints;
let api;

const go = async (path) => page.goto(new URL(path, suite.url).href);
const dialog = () => page.locator("dialog");

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

test("an instance has a port, credentials that nobody reads, and groups (M-084, M-085, M-088)", async () => {
  await go("/instances/new");
  await page.getByLabel("Host name").fill(`${name}.example`);
  await page.getByLabel("Kind").selectOption("container");
  await page.getByLabel("Agent port").fill("9273");
  await page.getByLabel("Groups").fill(`${name} web, ${name}-berlin`);
  await page.getByLabel("Credentials: name, such as ssh_user 1").fill("ssh_password");
  await page.getByLabel("Credentials: value 1").fill("s3cret");
  await page.getByRole("button", { name: "Add instance" }).click();
  await page.getByRole("heading", { name: `${name}.example` }).waitFor();
  const id = new URL(page.url()).pathname.split("/").pop();
  made.push(`/instances/${id}`);
  const facts = page.locator(".facts");
  await facts.getByText("ssh_password").waitFor();
  await facts.getByRole("link", { name: "Check it" }).click();
  await page.getByRole("heading", { name: "Add check" }).waitFor();
  assert.equal(await page.getByLabel("Host and port").inputValue(), `${name}.example:9273`);
  await go(`/instances/${id}/edit`);
  assert.equal(await page.getByLabel("Credentials: value 1").inputValue(), "");
  await page.getByLabel("Description").fill("kept its secret");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("kept its secret").waitFor();
  assert.deepEqual((await api("GET", `/instances/${id}`)).credentials, { ssh_password: "********" });
});

test("groups are within groups, and list their instances (M-093)", async () => {
  await go("/instances/groups");
  await page.getByRole("button", { name: "Add group" }).click();
  await dialog().getByLabel("Name").fill(`${name} europe`);
  await dialog().getByRole("button", { name: "Add group" }).click();
  await page.getByRole("button", { name: `Edit ${name}-berlin` }).click();
  await dialog().getByLabel("Within").selectOption({ label: `${name} europe` });
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().waitFor({ state: "detached" });
  for (const group of (await api("GET", `/groups?q=${name}`)).items) made.push(`/groups/${group.id}`);
  await page.getByRole("link", { name: `${name} europe` }).click();
  await page.getByRole("link", { name: `${name}.example`, exact: true }).waitFor();
  assert.equal(await page.getByLabel("Group", { exact: true }).inputValue(), `${name} europe`);
});

test("relations are made at one end and read at both (M-008)", async () => {
  const machine = await api("POST", "/instances", { hostname: `${name}-machine.example`, kind: "server" });
  made.push(`/instances/${machine.id}`);
  await go(`/instances/${made[0].split("/").pop()}`);
  await page.getByRole("button", { name: "Add a relation" }).click();
  await dialog().getByLabel("Instance", { exact: true }).fill(`${name}-machine`);
  await dialog().getByLabel(`${name}-machine.example`).check();
  await dialog().getByRole("button", { name: "Add relation" }).click();
  const relations = page.getByRole("region", { name: "Relations" });
  await relations.getByRole("cell", { name: "Runs on", exact: true }).waitFor();
  await relations.getByRole("link", { name: `${name}-machine.example` }).click();
  await page.getByRole("heading", { name: `${name}-machine.example` }).waitFor();
  await relations.getByRole("cell", { name: "Runs", exact: true }).waitFor();
  await relations.getByRole("button", { name: /^Remove/ }).click();
  await dialog().getByRole("button", { name: "Remove relation" }).click();
  await relations.getByText("Say what it runs on").waitFor();
  assert.deepEqual(complaints, []);
});
