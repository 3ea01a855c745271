// The audits of https://github.com/graphql/graphql-http against a running suite, given by
// MONITRON_URL and TOKEN: all of them pass, those that only should or may, too.
import { auditServer } from "graphql-http";

const { MONITRON_URL: base, TOKEN: token } = process.env;
const results = await auditServer({
  url: new URL("/api/v1/graphql", base).href,
  fetchFn: (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } }),
});
const failed = results.filter((one) => one.status !== "ok");
for (const { id, name, status, reason, response } of failed) {
  console.log(`${id} ${status}: ${name}: ${reason} (${response?.status} ${response?.headers.get("content-type")})`);
}
console.log(`${results.length} audits, ${failed.length} failed`);
process.exitCode = failed.length === 0 && results.length > 50 ? 0 : 1;
