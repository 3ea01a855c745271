// Accounts, their letters and their second factor, told against a running suite; MAIL_URL is its mailbox.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { client, launch, open, suite } from "./browser.mjs";

const mail = process.env.MAIL_URL;
const address = `account-${Date.now().toString(36)}@monitron.example`;
const pictures = process.env.PICTURES; // a folder, to look at the pages
let browser;
let api;
let page;
let complaints;
let user;

const go = async (path) => page.goto(new URL(path, suite.url).href);
const picture = async (name) => pictures && page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });

async function linkTo(recipient, subject) {
  for (let i = 0; i < 200; ++i) {
    const letters = await (await fetch(new URL("/email", mail))).json();
    const found = letters.filter((one) => JSON.stringify(one).includes(recipient) && one.subject.includes(subject)).at(-1);
    if (found) {
      const { text } = await (await fetch(new URL(`/email/${found.id}`, mail))).json();
      const [, path] = /(\/[a-z-]+#token=\S+)/.exec(text);
      return path;
    }
    await page.waitForTimeout(100);
  }
  throw new Error(`no letter to ${recipient} about ${subject}`);
}

// As an authenticator application shows it (RFC 6238).
function codeOf(secret, step) {
  let bits = "";
  for (const letter of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + step));
  const digest = createHmac("sha1", key).update(counter).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function enter(password) {
  await go("/");
  await page.getByLabel("E-mail").fill(address);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

before(async () => {
  assert.ok(suite.url && mail, "MONITRON_URL and MAIL_URL name the suite");
  api = await client();
  browser = await launch();
  ({ page, complaints } = await open(browser));
});
after(async () => {
  if (user) await api("DELETE", `/users/${user}`).catch(() => undefined);
  await browser?.close();
});

test("an invitation is accepted by its letter (M-136)", async () => {
  await api("POST", "/users/invitations", { email: address, role: "viewer" });
  await go(await linkTo(address, "invited"));
  await page.getByLabel("Your name").fill("Ada");
  assert.equal(new URL(page.url()).hash, "");
  await page.getByLabel("Password").fill("qwertyqwerty");
  await page.getByRole("button", { name: "Open my account" }).click();
  await page.locator(".field .wrong").getByText("too easy to guess").waitFor();
  await picture("invitation");
  await page.getByLabel("Password").fill("a long enough phrase");
  await page.getByRole("button", { name: "Open my account" }).click();
  await page.locator("h1.verdict").waitFor();
  user = (await api("GET", "/users?limit=500")).items.find((one) => one.email === address).id;
});

test("the profile is changed, and shows where one is signed in (M-133)", async () => {
  await go("/settings");
  await page.getByRole("button", { name: "Edit profile" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Ada Lovelace");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator("dl.facts").getByText("Ada Lovelace").waitFor();
  const sessions = page.getByRole("region", { name: "Where you are signed in" });
  await sessions.getByText("This session").waitFor();
  const elsewhere = await open(browser);
  await elsewhere.page.goto(suite.url);
  await elsewhere.page.getByLabel("E-mail").fill(address);
  await elsewhere.page.getByLabel("Password").fill("a long enough phrase");
  await elsewhere.page.getByRole("button", { name: "Sign in" }).click();
  await elsewhere.page.locator("h1.verdict").waitFor();
  await go("/settings");
  await sessions.locator("tbody tr").nth(1).waitFor();
  await picture("account");
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await elsewhere.page.getByText("Your session has ended").waitFor({ timeout: 20_000 });
  await elsewhere.context.close();
});

test("a second factor is turned on and asked for; a recovery code takes its place", async () => {
  await go("/settings");
  await page.getByRole("button", { name: "Turn on" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Password").fill("a long enough phrase");
  await dialog.getByRole("button", { name: "Go on" }).click();
  await dialog.getByRole("img", { name: "QR code" }).waitFor();
  await picture("totp");
  const secret = (await dialog.locator("pre.code").textContent()).trim();
  await dialog.getByLabel("Code that it shows").fill(codeOf(secret, -1));
  await dialog.getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("dialog", { name: "Keep these recovery codes" }).waitFor();
  await picture("recovery_codes");
  const codes = (await page.locator("dialog pre.code").textContent()).trim().split("\n");
  assert.equal(codes.length, 10);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("10 recovery codes are left").waitFor();
  for (const code of [codeOf(secret, 0), codes[0]]) {
    await page.locator("#main").getByRole("button", { name: "Sign out", exact: true }).click();
    await enter("a long enough phrase");
    await page.getByLabel("Code of your application").fill(code);
    await picture("code");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("h1.verdict").waitFor();
    await go("/settings");
  }
  await page.getByText("9 recovery codes are left").waitFor();
  await page.getByRole("button", { name: "Turn off" }).click();
  await dialog.getByLabel("Password").fill("a long enough phrase");
  await dialog.getByLabel("Code of your application").fill(codes[1]);
  await picture("totp_off");
  await dialog.getByRole("button", { name: "Turn off" }).click();
  await page.getByText("Off: the password alone lets you in.").waitFor();
});

test("a forgotten password is chosen anew by a letter (M-135)", async () => {
  await page.locator("#main").getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await picture("forgot");
  await page.getByLabel("E-mail").fill(address);
  await page.getByRole("button", { name: "Send me a letter" }).click();
  await page.getByText("Look into your mailbox").waitFor();
  await go(await linkTo(address, "A new password"));
  await page.getByLabel("New password").fill("another long phrase");
  await picture("reset");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Your password is changed").waitFor();
  await enter("another long phrase");
  await page.locator("h1.verdict").waitFor();
});

test("another address is proved by its letter", async () => {
  const moved = `moved-${address}`;
  await go("/settings");
  await page.getByRole("button", { name: "Edit profile" }).click();
  await page.getByLabel("E-mail").fill(moved);
  await page.getByLabel("Password").fill("another long phrase");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator("dl.facts").getByText("not verified").waitFor();
  await go(await linkTo(moved, "Is this your address"));
  await page.getByText("This is your address").waitFor();
  await go("/settings");
  await page.locator("dl.facts").getByText("verified", { exact: true }).waitFor();
});

test("nothing was refused by the content policy", () => {
  assert.deepEqual(complaints, []);
});
