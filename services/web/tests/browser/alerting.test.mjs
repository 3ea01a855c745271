// What people do about alerts, told against a running suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { client, downCheck, launch, open, signIn, suite } from "./browser.mjs";

const name = `alerting-${Date.now().toString(36)}`;
const made = []; // paths of what the stories made, to be deleted
let browser;
let page;
let complaints;
let api;

const make = async (path, body) => {
  const one = await api("POST", path, body);
  made.unshift(`${path}/${one.id}`);
  return one;
};
const go = async (path) => page.goto(new URL(path, suite.url).href);

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

test("an incident is acknowledged, assigned and noted, and shows who did what (M-047)", async () => {
  const check = await downCheck(api, `${name} <b>shop</b>`, { story: name });
  made.unshift(`/checks/${check.id}`);
  await make("/rules", { name: `${name} down`, kind: "check_state", check_id: check.id, severity: "critical" });
  await go("/alerts");
  await page.getByRole("link", { name: new RegExp(`^${name}`) }).first().click({ timeout: 60_000 });
  await page.waitForURL("**/incidents/*");
  await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
  await page.getByLabel("Comment").fill("<img src=x onerror=alert(1)> is replaced");
  await page.getByLabel("Until", { exact: true }).selectOption("3600");
  await page.locator("dialog").getByRole("button", { name: "Acknowledge", exact: true }).click();
  await page.locator(".note").getByText("<img src=x onerror=alert(1)> is replaced").waitFor();
  await page.locator(".facts").getByText("Acknowledged", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await page.locator("dialog").getByRole("button", { name: "Assign", exact: true }).click();
  await page.locator("li[data-kind=assigned]").waitFor();
  await page.getByRole("button", { name: "Add note" }).click();
  await page.getByLabel("Note", { exact: true }).fill("the provider called back");
  await page.locator("dialog").getByRole("button", { name: "Add note" }).click();
  await page.locator("li[data-kind=noted]").getByText("the provider called back").waitFor();
  const incident = page.url();
  await go(`/alerts/incidents?state=acknowledged&label=${encodeURIComponent(`story:${name}`)}`);
  await page.getByRole("link", { name: new RegExp(`^${name}`) }).waitFor();
  await page.goto(incident);
  await page.getByRole("button", { name: "Take back acknowledgement" }).click();
  await page.locator("dialog").getByRole("button", { name: "Take back" }).click();
  await page.locator(".facts").getByText("Open", { exact: true }).waitFor();
  await page.locator("li[data-kind=unacknowledged]").waitFor();
});

// Waits for an alert that fires, however it stands; its id.
async function firing(title) {
  for (let tries = 0; tries < 120; tries += 1) {
    const found = (await api("GET", "/alerts?limit=200")).items.find((one) => one.state === "firing" && one.title.includes(title));
    if (found) return found;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error(`no alert of ${title}`);
}

test("of very many alerts the worst is first, and all can be seen (M-047)", async () => {
  const metric = name.replace(/-/g, "_");
  const all = 230;
  const many = await make("/rules", { name: `${name} many`, kind: "promql", expr: `${metric} > 0`, severity: "info", interval_seconds: 1 });
  const bad = await make("/rules", { name: `${name} bad`, kind: "promql", expr: `${metric}{thing="thing-7"} > 0`, severity: "critical", interval_seconds: 1 });
  await api("POST", "/import/prometheus", Array.from({ length: all }, (_, thing) => `${metric}{thing="thing-${thing}"} 1\n`).join(""));
  const firing = async () => (await api("GET", `/alerts?limit=1000&state=firing&q=${name}`)).items.length;
  const become = async (holds) => {
    for (const end = Date.now() + 60_000; !holds(await firing()) && Date.now() < end;) await new Promise((again) => setTimeout(again, 500));
  };
  await become((count) => count > all);
  await go("/alerts");
  const section = page.getByRole("region", { name: "Firing" });
  await section.locator(".alertrow").first().waitFor();
  assert.equal(await section.locator(".alertrow").count() < all, true);
  await section.locator(".alertrow", { hasText: `${name} bad` }).waitFor();
  await page.getByText(/^200 of \d+ alerts shown/).waitFor();
  await page.getByRole("button", { name: "Show more" }).click();
  await section.locator(".alertrow").nth(all).waitFor();
  await page.getByLabel("Find alerts").fill("thing-229");
  await section.locator(".alertrow").nth(1).waitFor({ state: "detached" });
  await section.locator(".alertrow", { hasText: "thing-229" }).waitFor();
  const id = (await api("GET", `/alerts?q=${name}%20bad`)).items[0].incident_id;
  await api("PUT", `/incidents/${id}/acknowledgement`, { comment: "mine" });
  await page.getByLabel("Find alerts").fill(`${name} bad`);
  await page.getByText("Acknowledged by").waitFor();
  // The stories after this one look at the first page.
  for (const rule of [many, bad]) await api("DELETE", `/rules/${rule.id}`);
  await become((count) => count === 0);
});

test("a maintenance window holds a page back, and is shown where it matters", async () => {
  const check = await downCheck(api, `${name} switch`, { window: name });
  made.unshift(`/checks/${check.id}`);
  await go(`/checks/${check.id}`);
  await page.getByRole("button", { name: "Start maintenance" }).click();
  await page.locator("dialog").getByRole("button", { name: "Start maintenance" }).click();
  await page.locator("a.badge").getByText("In maintenance").waitFor();
  const window = (await api("GET", "/maintenance-windows?limit=500")).items.find((one) => one.selector.check_id === check.id);
  made.unshift(`/maintenance-windows/${window.id}`);
  await make("/rules", { name: `${name} held`, kind: "check_state", check_id: check.id, severity: "critical" });
  await firing(`${name} switch`);
  await go("/alerts");
  const held = page.locator("section[aria-label='Held back'] .alertrow", { hasText: `${name} switch` });
  await held.waitFor({ timeout: 30_000 });
  await held.locator(".why a").click();
  await page.getByRole("heading", { name: new RegExp(`^Edit Maintenance of ${name}`) }).waitFor();
  await go("/alerts/maintenance");
  await page.locator("section[aria-label=Active]").getByText(`Maintenance of ${name} switch`).waitFor();
});

test("a silence is made where an alert fires, extended and ended (M-072)", async () => {
  const check = await downCheck(api, `${name} disk`, { "disk-kind": name });
  made.unshift(`/checks/${check.id}`);
  await make("/rules", { name: `${name} disk down`, kind: "check_state", check_id: check.id, severity: "critical" });
  await firing(`${name} disk`);
  await go("/alerts/silences/new");
  await page.getByRole("heading", { name: "Add silence" }).waitFor();
  assert.equal(await page.locator(".field .wrong").count(), 0, "nothing is complained of before anything was typed");
  await page.getByLabel("Comment").fill("nothing yet");
  await page.getByRole("button", { name: "Add silence", exact: true }).click();
  await page.locator(".field .wrong").getByText("At least one label is needed").waitFor();
  await page.getByLabel("Label 1", { exact: true }).fill("disk-kind");
  await page.getByLabel("Value 1", { exact: true }).fill(name);
  await page.locator(".note").getByText(`${name} disk`).first().waitFor();

  await go("/alerts");
  const row = (section) => page.locator(`section[aria-label='${section}'] .alertrow`, { hasText: `${name} disk` }).first();
  await row("Firing").getByRole("link", { name: /^Silence / }).click();
  await page.getByLabel("Comment").fill("new disks");
  await page.locator(".note").getByText(`${name} disk`).first().waitFor();
  await page.getByRole("button", { name: "Add silence", exact: true }).click();
  const silence = page.locator("section[aria-label=Active] tr", { hasText: name });
  await silence.getByText("new disks").waitFor();

  await go("/alerts");
  await row("Silenced").getByText(/Silenced by .* until .*: new disks/).waitFor({ timeout: 30_000 });
  await row("Silenced").getByRole("link", { name: /^Extend / }).click();
  await page.getByRole("button", { name: "1 day" }).click();
  await page.getByLabel("Comment").fill("more disks");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await silence.getByText("more disks").waitFor();
  const [extended, ...others] = (await api("GET", "/silences?state=active&limit=1000")).items.filter((one) => one.matchers.some((matcher) => matcher.value === name));
  assert.equal(others.length, 0);
  assert.ok(Date.parse(extended.ends_at) - Date.now() > 80_000_000, "a day");
  const alert = await firing(`${name} disk`);
  await go(`/incidents/${alert.incident_id}`);
  await page.locator(".note").getByText(/^Silenced by/).waitFor();

  await go("/alerts/silences");
  await silence.getByRole("button", { name: /^Expire / }).click();
  await page.locator("dialog").getByRole("button", { name: "End silence" }).click();
  await page.locator("section[aria-label=Past] tr", { hasText: "more disks" }).waitFor();
  await go("/alerts");
  await row("Firing").waitFor({ timeout: 30_000 });
});

test("a window that comes again is chosen by its days, and may be written as a rule", async () => {
  await go("/alerts/maintenance/new");
  await page.getByLabel("Name", { exact: true }).fill(`${name} nights`);
  await page.getByText("Everything", { exact: true }).click();
  await page.getByText("Again and again").click();
  await page.locator("[aria-label='Next times'] li").nth(4).waitFor();
  await page.getByLabel("Every", { exact: true }).selectOption("text");
  await page.getByLabel("Rule", { exact: true }).fill("FREQ=SOMETIMES");
  await page.locator("[aria-label='Next times']").getByText("Rule", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Plan maintenance" }).click();
  await page.locator(".field .wrong").first().waitFor();
  await page.getByLabel("Rule", { exact: true }).fill("FREQ=MONTHLY;BYMONTHDAY=-1");
  await page.getByRole("button", { name: "Plan maintenance" }).click();
  await page.getByText("every month on its last day at 02:00, for 2 h").waitFor();
  await page.getByRole("link", { name: `Edit ${name} nights` }).click();
  await page.locator("[aria-label='Next times'] li").nth(4).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: `Delete ${name} nights` }).click();
  await page.getByRole("button", { name: "Delete window" }).click();
  await page.getByText(`${name} nights`, { exact: true }).waitFor({ state: "detached" });
});

test("a rule file is looked through, imported, and changes nothing the second time", async () => {
  const file = (limit) => `groups:\n  - name: ${name}\n    rules:\n      - alert: ${name} busy\n        expr: node_load5 > ${limit}\n        for: 5m\n`;
  await go("/alerts/rules/import");
  await page.getByLabel("Rule file (YAML)").fill(file("(1"));
  await page.getByRole("button", { name: "Show what would happen" }).click();
  await page.getByRole("alert").getByText("group 1, rule 1, expr").waitFor();
  await page.getByLabel("Rule file (YAML)").fill(file("1000"));
  await page.getByRole("button", { name: "Show what would happen" }).click();
  await page.getByText("1 rule: 1 new").waitFor();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText(`${name} busy`, { exact: true }).waitFor();
  await go("/alerts/rules/import");
  await page.getByLabel("Rule file (YAML)").fill(file("1000"));
  await page.getByRole("button", { name: "Show what would happen" }).click();
  await page.getByText("1 rule: 1 as before").waitFor();
  assert.equal(await page.getByRole("button", { name: "Nothing changes" }).isDisabled(), true);
  await go("/alerts/rules");
  await page.getByRole("button", { name: `Delete ${name} busy` }).click();
  await page.getByRole("button", { name: "Delete rule", exact: true }).click();
  await page.getByText(`${name} busy`, { exact: true }).waitFor({ state: "detached" });
});

test("a rule is made of a template, and shows what it would have sent", async () => {
  await go("/alerts/rules/templates");
  await page.locator(".gallery button", { hasText: "node_memory_used_ratio" }).first().click();
  const dialog = page.locator("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(`${name} memory`);
  await dialog.getByRole("spinbutton").first().fill("1");
  await dialog.locator("pre").getByText("node_memory_used_ratio > 0.01").waitFor();
  await dialog.getByRole("button", { name: "Add rule" }).click();
  await page.getByRole("heading", { name: `Edit ${name} memory` }).waitFor();
  await page.getByRole("button", { name: "{{ $labels.instance }}" }).click();
  assert.match(await page.getByLabel("Summary").inputValue(), /\{\{ \$labels\.instance \}\}$/);
  await page.getByLabel("True for, seconds").fill("0");
  await page.getByRole("button", { name: "What would it have sent?" }).click();
  await page.locator("[data-test=replay] .said").waitFor({ timeout: 60_000 });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: `Delete ${name} memory` }).click();
  await page.getByRole("button", { name: "Delete rule", exact: true }).click();
  await page.getByText(`${name} memory`, { exact: true }).waitFor({ state: "detached" });
});

test("a drill is run, goes its way and is planned", async () => {
  await go("/alerts/drills");
  await page.getByRole("button", { name: "Run a drill" }).click();
  await page.locator("dialog").getByRole("button", { name: "Run it" }).click();
  const latest = page.locator("table[aria-label=Drills] tbody tr").first();
  await latest.getByText(/^Decided/).waitFor({ timeout: 60_000 });
  const [drill] = (await api("GET", "/drills")).items;
  await latest.locator(`a[href="/incidents/${drill.incident_id}"]`).click();
  await page.getByText("A drill: nothing is wrong").waitFor();
  await go("/alerts/drills");
  const before = await api("GET", "/drills/schedule");
  await page.getByRole("button", { name: before.enabled ? "Change" : "Plan drills" }).click();
  const dialog = page.locator("dialog");
  await dialog.getByLabel("Schedule", { exact: true }).fill("* * * * *");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("is more often than every ten minutes").first().waitFor();
  await dialog.getByLabel("Schedule", { exact: true }).fill("30 9 * * 2");
  if (!before.enabled) await dialog.getByText("Run drills on schedule").click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.locator(".note[aria-label=Schedule]").getByText("Tuesdays at 09:30").waitFor();
  await api("PUT", "/drills/schedule", { ...before, version: undefined });
});

test("a trial of a channel tells what became of it (M-033)", async () => {
  const trial = async (body) => {
    const channel = await make("/channels", body);
    await go("/settings/notifications");
    await page.getByRole("button", { name: `Send a test to ${channel.name}` }).click();
    return channel.name;
  };
  const told = (words) => page.getByText(words, { exact: true }).waitFor({ timeout: 30_000 });
  const gone = await trial({ name: `${name} gone`, kind: "webhook", url: "http://nosuch.invalid/x" });
  await page.getByText(new RegExp(`^${gone}: test is tried again: `)).waitFor({ timeout: 30_000 });
  const row = page.getByRole("row").filter({ hasText: gone });
  await row.getByText("Test is tried again").waitFor();
  const mail = await trial({ name: `${name} mail`, kind: "email", address: "story@example.org" });
  await told(`${mail}: test delivered.`);
  await page.getByRole("row").filter({ hasText: mail }).getByText("Test delivered").waitFor();
});

test("no script failed and the content policy was not violated", () => {
  assert.deepEqual(complaints, []);
});
