// Roles that people make, told against a running suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, launch, open, signIn, suite } from "./browser.mjs";

const word = Date.now().toString(36);
const role = `night-watch-${word}`;
const address = `watch-${word}@monitron.example`;
const phrase = "a long enough phrase";
const pictures = process.env.PICTURES; // a folder, to look at the pages
let browser;
let api;
let page;
let complaints;

const go = async (path) => page.goto(new URL(path, suite.url).href);
const picture = async (name) => pictures && page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
const find = async (path, wanted) => (await api("GET", `${path}?limit=1000`)).items.find(wanted);

before(async () => {
  assert.ok(suite.url, "MONITRON_URL names the suite");
  api = await client();
  browser = await launch();
  ({ page, complaints } = await open(browser));
  await signIn(page);
});
after(async () => {
  for (const [path, wanted] of [["/users", (one) => one.email === address], ["/roles", (one) => one.name.startsWith(role)]]) {
    const left = await find(path, wanted).catch(() => undefined);
    if (left) await api("DELETE", `${path}/${left.id}`).catch(() => undefined);
  }
  await browser?.close();
});

test("a role is made from permissions (M-132)", async () => {
  await go("/settings/roles");
  await page.getByRole("cell", { name: "Administrator" }).waitFor();
  await picture("roles");
  await page.getByRole("button", { name: "Create role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Night Watch");
  await dialog.getByLabel("Description").fill("looks at checks at night");
  const group = (name) => dialog.getByRole("group", { name });
  await group("checks").getByLabel("read").check();
  await group("overview").getByLabel("read").check();
  await group("incidents").getByLabel("acknowledge").check();
  await dialog.getByRole("button", { name: "Create role" }).click();
  await dialog.locator(".wrong").getByText("must begin with a letter").waitFor();
  await dialog.getByLabel("Name").fill(role);
  await picture("role");
  await dialog.getByRole("button", { name: "Create role" }).click();
  await page.getByRole("row", { name: role }).getByText("3 permissions").waitFor();
  const made = await find("/roles", (one) => one.name === role);
  assert.deepEqual(made.permissions, ["checks:read", "incidents:acknowledge", "overview:read"]);
});

test("a user gets it, and sees what it allows", async () => {
  await go("/settings/users");
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill(address);
  await dialog.getByLabel("Name").fill("Nora");
  await dialog.getByLabel("Role").selectOption(role);
  await dialog.getByLabel("Password").fill(phrase);
  await picture("user_with_role");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await page.getByRole("row", { name: address }).getByText(role).waitFor();
  const theirs = await open(browser);
  await theirs.page.goto(suite.url);
  await theirs.page.getByLabel("E-mail").fill(address);
  await theirs.page.getByLabel("Password").fill(phrase);
  await theirs.page.getByRole("button", { name: "Sign in" }).click();
  await theirs.page.locator("h1.verdict").waitFor();
  await theirs.page.goto(new URL("/settings/users", suite.url).href);
  await theirs.page.getByText("Your role does not allow this").waitFor();
  assert.equal(await theirs.page.getByRole("link", { name: "Roles" }).count(), 0);
  assert.deepEqual(theirs.complaints, []);
  await theirs.context.close();
});

test("one that is in use stays, and says why", async () => {
  await go("/settings/roles");
  const remove = async () => {
    await page.getByRole("button", { name: `Delete ${role}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete role" }).click();
  };
  await remove();
  await page.getByText("1 user has this role").waitFor();
  await picture("role_in_use");
  const user = await find("/users", (one) => one.email === address);
  await api("DELETE", `/users/${user.id}`);
  await page.getByRole("dialog").getByRole("button", { name: "Delete role" }).click();
  await page.getByText("The role is deleted.").waitFor();
  assert.equal(await find("/roles", (one) => one.name === role), undefined);
});

test("nothing was refused by the content policy", () => {
  assert.deepEqual(complaints, []);
});
