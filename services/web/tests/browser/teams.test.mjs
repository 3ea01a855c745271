// Teams, and roles that are granted on some instances, told against a running suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, launch, open, signIn, suite } from "./browser.mjs";

const word = Date.now().toString(36);
const team = `Shop ${word}`;
const address = `shop-${word}@monitron.example`;
const phrase = "a long enough phrase";
const pictures = process.env.PICTURES; // a folder, to look at the pages
const made = [];
let browser;
let api;
let page;
let complaints;
let ours;
let foreign;

const to = (path) => new URL(path, suite.url).href;
const picture = async (name, of = page) => pictures && of.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
const find = async (path, wanted) => (await api("GET", `${path}?limit=1000`)).items.find(wanted);
const add = async (path, body) => {
  const one = await api("POST", path, body);
  made.unshift(`${path}/${one.id}`);
  return one;
};

before(async () => {
  assert.ok(suite.url, "MONITRON_URL names the suite");
  api = await client();
  await add("/users", { email: address, name: "Tam", role: "member", password: phrase });
  ours = await add("/instances", { hostname: `ours-${word}`, name: `ours-${word}`, labels: { shop: word } });
  foreign = await add("/instances", { hostname: `foreign-${word}`, name: `foreign-${word}` });
  for (const { id, name } of [ours, foreign]) await add("/checks", { kind: "tcp", name: `port of ${name}`, target: "127.0.0.1:1", instance_id: id });
  browser = await launch();
  ({ page, complaints } = await open(browser));
  await signIn(page);
});
after(async () => {
  const left = await find("/teams", (one) => one.name === team).catch(() => undefined);
  for (const path of [...(left ? [`/teams/${left.id}`] : []), ...made]) await api("DELETE", path).catch(() => undefined);
  await browser?.close();
});

test("a team is made of people (M-132)", async () => {
  await page.goto(to("/settings/teams"));
  await page.getByRole("button", { name: "Create team" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(team);
  await dialog.getByLabel("Members").fill(address.slice(0, 12));
  await dialog.getByLabel(/^Tam/).check();
  await picture("team");
  await dialog.getByRole("button", { name: "Create team" }).click();
  await page.getByRole("row", { name: team }).getByText("Tam").waitFor();
});

test("it gets a role on the instances with a label", async () => {
  await page.getByRole("button", { name: "Grant a role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("To", { exact: true }).selectOption({ label: `Team ${team}` });
  await dialog.getByLabel("Role").selectOption("admin");
  await dialog.getByRole("button", { name: "Grant", exact: true }).click();
  await dialog.locator(".wrong").first().waitFor();
  await dialog.getByLabel("On instances with these labels: label 1").fill("shop");
  await dialog.getByLabel("On instances with these labels: value 1").fill(word);
  await picture("grant");
  await dialog.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByRole("row", { name: team }).getByText(`shop=${word}`).waitFor();
  await picture("teams");
});

test("who has it sees those, and is offered nothing that would be refused", async () => {
  const theirs = await open(browser);
  const refused = [];
  theirs.page.on("response", (answer) => answer.status() === 403 && refused.push(answer.url()));
  await theirs.page.goto(suite.url);
  await theirs.page.getByLabel("E-mail").fill(address);
  await theirs.page.getByLabel("Password").fill(phrase);
  await theirs.page.getByRole("button", { name: "Sign in" }).click();
  await theirs.page.getByRole("link", { name: ours.name, exact: true }).waitFor();
  assert.equal(await theirs.page.getByText(foreign.name).count(), 0);
  const places = await theirs.page.getByRole("navigation", { name: "Main" }).getByRole("link").allInnerTexts();
  assert.deepEqual(places.map((one) => one.trim()), ["Instances", "Checks", "Alerts", "Settings"]);
  await picture("limited_home", theirs.page);
  await theirs.page.getByRole("link", { name: ours.name, exact: true }).click();
  await theirs.page.getByRole("link", { name: `port of ${ours.name}` }).waitFor();
  await theirs.page.getByRole("link", { name: "Edit" }).first().waitFor();
  await picture("limited_instance", theirs.page);
  await theirs.page.getByRole("link", { name: `port of ${ours.name}` }).click();
  await theirs.page.getByRole("button", { name: "Run now" }).waitFor();
  await theirs.page.getByRole("heading", { name: "Last results" }).or(theirs.page.getByText("No result yet")).first().waitFor();
  await picture("limited_check", theirs.page);
  for (const path of ["/checks", "/alerts", "/alerts/incidents", "/settings"]) {
    await theirs.page.goto(to(path));
    await theirs.page.getByRole("heading", { level: 1 }).waitFor();
    await theirs.page.waitForLoadState("networkidle");
  }
  await theirs.page.goto(to(`/instances/${foreign.id}`));
  await theirs.page.getByText("This does not exist").waitFor();
  assert.deepEqual(refused, []);
  assert.deepEqual(theirs.complaints, []);
  await theirs.context.close();
});

test("nothing was refused by the content policy", () => {
  assert.deepEqual(complaints, []);
});
