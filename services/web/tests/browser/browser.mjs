// A real browser in front of a running suite, given by MONITRON_URL, ADMIN_EMAIL, ADMIN_PASSWORD.
import { chromium } from "playwright-core";

export const suite = {
  url: process.env.MONITRON_URL,
  email: process.env.ADMIN_EMAIL,
  password: process.env.ADMIN_PASSWORD,
};

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-quic"],
  });
}

// What the page complained about: errors of scripts and of the content policy.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  page.setDefaultTimeout(20_000);
  return { context, page, complaints };
}

export async function signIn(page) {
  await page.goto(suite.url);
  await page.getByLabel("E-mail").fill(suite.email);
  await page.getByLabel("Password").fill(suite.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("h1.verdict").waitFor();
}
