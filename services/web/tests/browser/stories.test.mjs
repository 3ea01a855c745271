// What people do with the UI, told against a running suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, signIn, suite } from "./browser.mjs";

const name = `story-${Date.now().toString(36)}`;
let browser;
let page;
let complaints;

before(async () => {
  assert.ok(suite.url && suite.email && suite.password, "MONITRON_URL, ADMIN_EMAIL and ADMIN_PASSWORD name the suite");
  browser = await launch();
  ({ page, complaints } = await open(browser));
});
after(async () => browser?.close());

const go = async (path) => page.goto(new URL(path, suite.url).href);
const heading = (text) => page.getByRole("heading", { name: text, exact: true }).first().waitFor();

test("a wrong password is refused in words", async () => {
  await go("/");
  await page.getByLabel("E-mail").fill(suite.email);
  await page.getByLabel("Password").fill("certainly-wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("E-mail or password is wrong.").waitFor();
});

test("signing in shows the overview of the built UI, live (M-040, M-165)", async () => {
  await signIn(page);
  await page.locator(".linkstate[data-state=live]").waitFor();
});

test("a reload keeps the session", async () => {
  await page.reload();
  await page.locator("h1.verdict").waitFor();
});

test("an instance is added, edited and found (M-042)", async () => {
  await go("/instances/new");
  await page.getByLabel("Host name").fill(`${name}.example.org`);
  await page.getByLabel("Display name").fill(name);
  await page.getByRole("button", { name: "Add instance" }).click();
  await heading(name);
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Description").fill("told by a story");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("told by a story").waitFor();
  await go(`/instances?q=${name}`);
  await page.getByRole("link", { name, exact: true }).waitFor();
});

test("a mistake is shown at its field", async () => {
  await go("/instances/new");
  await page.getByLabel("Host name").fill("not a host name");
  await page.getByRole("button", { name: "Add instance" }).click();
  await page.locator(".field .wrong").first().waitFor();
  assert.equal(await page.getByLabel("Host name").getAttribute("aria-invalid"), "true");
  await page.getByRole("alert").getByText("Host name").waitFor();
  await page.getByLabel("Host name").fill("host.example.org");
  await page.locator(".field .wrong").waitFor({ state: "detached" });
  await page.getByRole("alert").waitFor({ state: "detached" });
  page.once("dialog", (dialog) => void dialog.accept());
});

test("a check is tested before it is kept, then gives results (M-043)", async () => {
  page.once("dialog", (dialog) => void dialog.accept());
  await go("/checks/new");
  await page.getByLabel("URL").fill(`${suite.url.replace(/\/$/, "")}/favicon.svg`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Every, seconds").fill("2");
  await page.getByRole("button", { name: "Test now" }).click();
  const result = page.locator("[data-test=test-result]");
  await result.waitFor({ timeout: 30_000 });
  assert.match(await result.innerText(), /Up/);
  await page.getByRole("button", { name: "Add check" }).click();
  await heading(name);
  await page.locator(".strip.tall i.up").first().waitFor({ timeout: 60_000 });
});

test("a script is named with its arguments and says what is wrong with it (M-104)", async () => {
  page.once("dialog", (dialog) => void dialog.accept());
  await go("/checks/new");
  await page.getByText("Script", { exact: true }).click();
  await page.getByLabel("What the script looks at").fill("the queue");
  await page.getByText("Write one word without blanks").waitFor();
  await page.getByLabel("What the script looks at").fill("queue");
  await page.getByLabel("File").fill("../bin/sh");
  await page.getByLabel("Arguments, one on each line").fill("-w\n5,4,3\n");
  await page.getByRole("button", { name: "Test now" }).click();
  await page.getByRole("alert").getByText("File", { exact: true }).waitFor();
  assert.equal(await page.getByLabel("File").getAttribute("aria-invalid"), "true");
  await page.getByLabel("File").fill(`absent-${name}`);
  await page.getByRole("button", { name: "Test now" }).click();
  const result = page.locator("[data-test=test-result]");
  await result.waitFor({ timeout: 30_000 });
  assert.match(await result.innerText(), /Unknown[\s\S]*script/i);
});

test("a check is paused, found among the paused, and goes on", async () => {
  await go(`/checks?q=${name}`);
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator(".facts").getByText("Paused").waitFor();
  await go(`/checks?q=${name}&status=paused`);
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
});

test("a save that somebody else was faster with is told where one saves", async () => {
  await go(`/checks?q=${name}`);
  await page.getByRole("link", { name: `Edit ${name}` }).click();
  await page.getByLabel("Down after failures").waitFor();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByLabel("Down after failures").fill("4");
  await other.getByRole("button", { name: "Save" }).click();
  await other.getByRole("heading", { name, exact: true }).waitFor();
  await other.close();
  await page.getByLabel("Down after failures").fill("5");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Load what is stored now" }).click();
  await page.waitForFunction(() => [...document.querySelectorAll("input[type=number]")].some((input) => input.value === "4"));
});

test("what is no number is never dropped from a list of numbers", async () => {
  page.once("dialog", (dialog) => void dialog.accept());
  await go("/checks/new");
  await page.getByText("TLS certificate", { exact: true }).click();
  await page.getByLabel("Host and port").fill("example.org");
  await page.getByLabel("Warn so many days").fill("abc, 5");
  await page.getByText("“abc” is not a whole number").waitFor();
  await page.getByRole("button", { name: "Add check" }).click();
  assert.match(page.url(), /\/checks\/new$/);
});

test("a check leads from the overview to its page (M-166)", async () => {
  await go("/");
  await page.getByRole("link", { name, exact: true }).first().waitFor();
  await page.locator("section[aria-label=Checks]").getByRole("link", { name, exact: true }).click();
  await heading("Last results");
});

test("an alert rule is added, edited and deleted (M-047)", async () => {
  await go("/alerts/rules/new");
  await page.getByText("Metric beyond a limit").click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Condition").fill('node_cpu_usage_ratio{core="total"} > 2');
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByRole("link", { name: `Edit ${name}` }).click();
  await page.getByLabel("True for, seconds").fill("90");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("1 m 30 s").first().waitFor();
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("button", { name: "Delete rule", exact: true }).click();
  await page.getByText(name, { exact: true }).waitFor({ state: "detached" });
});

test("a rule in PromQL is told what is wrong with it (M-047)", async () => {
  await go("/alerts/rules/new");
  await page.getByText("PromQL expression").click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Expression", { exact: true }).fill("sum by (server_id) (rate(x[1m]) > 1");
  await page.getByLabel("Evaluated every, seconds").fill("5");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByText("parse error").first().waitFor();
  await page.getByLabel("Expression", { exact: true }).fill("sum by (server_id) (rate(x[1m])) > 1");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByText("sum by (server_id) (rate(x[1m])) > 1").first().waitFor();
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("button", { name: "Delete rule", exact: true }).click();
  await page.getByText(name, { exact: true }).waitFor({ state: "detached" });
});

test("a report is requested and downloaded (M-046)", async () => {
  await go("/reports");
  await page.locator("h1").waitFor();
  await page.getByRole("button", { name: "Request report" }).click();
  await page.getByLabel("Format").selectOption("csv");
  await page.locator("dialog").getByRole("button", { name: "Request report" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  const newest = page.locator("tbody tr").first();
  await newest.getByText("Ready").waitFor({ timeout: 60_000 });
  const [file] = await Promise.all([page.waitForEvent("download"), newest.getByRole("button", { name: /Download/ }).click()]);
  assert.match(file.suggestedFilename(), /\.csv$/);
});

test("an enrolment token shows the command to run", async () => {
  await go("/settings/agents");
  await page.getByRole("button", { name: "Create enrolment token" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Create token" }).click();
  await page.getByText(/monitron-agent --server .* --enrolment-token \S+/).waitFor();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.locator("dialog").getByRole("button", { name: "Delete token" }).click();
  await page.getByText("The token is deleted.").waitFor();
});

test("everything is reached by keyboard", async () => {
  await go("/");
  await page.locator("h1.verdict").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to content");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await heading("Checks");
  await page.keyboard.press("?");
  await heading("Keyboard shortcuts");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("/");
  await page.getByLabel("Find", { exact: true }).fill(name);
  await page.getByRole("option", { name: new RegExp(`${name}.*Check`) }).waitFor();
  await page.getByLabel("Find", { exact: true }).fill("alert rules");
  await page.getByRole("option", { selected: true, name: /Alert rules/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/alerts/rules");
});

test("the theme is switched and remembered (C-040)", async () => {
  await go("/");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.locator("h1.verdict").waitFor();
  const before = await ground();
  await page.getByRole("button", { name: /Switch to .* theme/ }).click();
  const chosen = await ground();
  assert.notEqual(chosen, before);
  await page.reload();
  await page.locator("h1.verdict").waitFor();
  assert.equal(await ground(), chosen);
});

test("no page scrolls sideways at 360, 768 and 1440 px (M-215)", async () => {
  await go(`/checks?q=${name}`);
  const check = await page.getByRole("link", { name, exact: true }).getAttribute("href");
  await go(`/instances?q=${name}`);
  const instance = await page.getByRole("link", { name, exact: true }).getAttribute("href");
  const paths = ["/", "/instances", instance, "/instances/new", "/checks", check, "/checks/new", "/alerts", "/alerts/incidents",
    "/alerts/rules", "/alerts/rules/new", "/alerts/rules/import", "/alerts/rules/templates",
    "/alerts/maintenance", "/alerts/maintenance/new", "/alerts/dependencies", "/alerts/dependencies/new", "/reports", "/reports/schedules", "/reports/schedules/new", "/settings",
    "/settings/notifications", "/settings/agents", "/settings/tokens", "/settings/users"];
  for (const width of [360, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    for (const path of paths) {
      await go(path);
      await page.locator("main h1, main .empty").first().waitFor();
      await page.waitForLoadState("networkidle").catch(() => undefined);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${path} is ${over} px too wide at ${width} px`);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("an address of nothing says so", async () => {
  await go("/checks/00000000-0000-0000-0000-000000000000");
  await page.getByText("This does not exist").waitFor();
});

test("the overview keeps still while it loads slowly", async () => {
  const slow = await page.context().newCDPSession(page);
  await slow.send("Network.enable");
  await slow.send("Network.emulateNetworkConditions", { offline: false, latency: 300, downloadThroughput: 100 * 1024, uploadThroughput: 50 * 1024 });
  await go("/");
  await page.locator("section[aria-label=Checks]").waitFor();
  const shifted = await page.evaluate(() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 500);
  }));
  await slow.detach();
  assert.ok(shifted < 0.1, `layout shift ${shifted}`);
});

test("a lost connection is mended without a reload", async () => {
  const sockets = [];
  await page.routeWebSocket(/\/api\/v1\/stream/, (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  await go("/alerts");
  await page.locator(".linkstate[data-state=live]").waitFor();
  await page.evaluate(() => { window.keptAcross = true; });
  const before = sockets.length;
  const lost = page.locator(".linkstate:not([data-state=live])").waitFor();
  await sockets[before - 1].close({ code: 1012, reason: "restart" });
  await lost;
  await page.locator(".linkstate[data-state=live]").waitFor();
  assert.equal(sockets.length, before + 1);
  assert.equal(await page.evaluate(() => window.keptAcross), true);
});

test("what was added is deleted after asking", async () => {
  for (const [list, action] of [["checks", "Delete check"], ["instances", "Delete instance"]]) {
    await go(`/${list}?q=${name}`);
    await page.getByRole("button", { name: `Delete ${name}` }).click();
    await page.locator("dialog").getByRole("button", { name: action }).click();
    await page.getByRole("link", { name, exact: true }).waitFor({ state: "detached" });
  }
});

test("the strict content policy was never violated and no script failed", () => {
  assert.deepEqual(complaints, []);
});

test("signing out ends the session in this browser", async () => {
  await go("/");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});
