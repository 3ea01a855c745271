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

// What a story begins with is made through the API, as any other client does.
export async function client() {
  const call = async (method, path, body, headers = {}) => {
    const text = typeof body === "string"; // in Prometheus's form
    const response = await fetch(new URL(`/api/v1${path}`, suite.url), {
      method, headers: { "Content-Type": text ? "text/plain" : "application/json", ...headers }, body: body === undefined || text ? body : JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return answer ? JSON.parse(answer) : undefined;
  };
  const { access_token: token } = await call("POST", "/auth/login", { email: suite.email, password: suite.password });
  return (method, path, body) => call(method, path, body, { Authorization: `Bearer ${token}` });
}

// A check of a port that nobody listens on, down within seconds.
export async function downCheck(api, name, labels = {}) {
  return api("POST", "/checks", {
    name, kind: "tcp", target: "127.0.0.1:1", interval_seconds: 2, timeout_seconds: 1, retry_interval_seconds: 1,
    failures_before_down: 1, successes_before_up: 1, labels,
  });
}
