// Subscriptions through the gateway by the client that pages use (graphql-ws), against a running
// suite given by MONITRON_URL, TOKEN and the id of a check that runs (CHECK).
import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { MONITRON_URL: base, TOKEN: token, CHECK: check } = process.env;
const url = new URL("/api/v1/graphql", base);
const socketUrl = Object.assign(new URL(url), { protocol: url.protocol === "https:" ? "wss:" : "ws:" });
const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };

const client = (settings) =>
  createClient({ url: socketUrl.href, webSocketImpl: WebSocket, retryAttempts: 0, lazy: true, ...settings });

// The first `count` answers of an operation, or what it ended with.
const answers = (from, query, variables, count = 1) =>
  new Promise((resolve, reject) => {
    const all = [];
    const late = setTimeout(() => reject(new Error(`${all.length} of ${count} answers in a minute`)), 60_000);
    const stop = from.subscribe(
      { query, variables },
      {
        next: (answer) => {
          all.push(answer);
          if (all.length === count) stop();
        },
        error: (problem) => (clearTimeout(late), reject(problem)),
        complete: () => (clearTimeout(late), resolve(all)),
      },
    );
  });

const RESULTS = `subscription ($check: [ID!]) {
  checkResults(serverId: $check) { checkId status resultStatus check { name kind } }
}`;

const byToken = client({ connectionParams: { authorization: `Bearer ${token}` } });
for (const { data } of await answers(byToken, RESULTS, { check: [check] }, 2)) {
  assert.equal(data.checkResults.checkId, check);
  assert.equal(data.checkResults.check.name, "told to subscribers");
}

// What is no subscription ends with an error, and the connection goes on.
await assert.rejects(answers(byToken, "{ me { role } }"), (errors) => errors[0].extensions.code === "OPERATION");
await assert.rejects(answers(byToken, "subscription { none }"), (errors) => errors[0].extensions.code === "VALIDATION");
assert.equal((await answers(byToken, RESULTS, { check: [check] })).length, 1);
await byToken.dispose();

const { ticket } = await (await fetch(new URL("/api/v1/stream/tickets", base), { method: "POST", headers })).json();
const byTicket = client({ url: `${socketUrl.href}?ticket=${encodeURIComponent(ticket)}` });
assert.equal((await answers(byTicket, RESULTS, { check: [check] })).length, 1);
await byTicket.dispose();

const byNobody = client({ connectionParams: { authorization: "Bearer nobody" } });
await assert.rejects(answers(byNobody, RESULTS, {}), (closed) => closed.code === 4401);

// The same address goes on answering requests of HTTP.
const body = JSON.stringify({ query: "{ me { role } }" });
for (const asked of [fetch(url, { method: "POST", headers, body }), fetch(`${url}?query={me{role}}`, { headers })]) {
  assert.equal((await (await asked).json()).data.me.role, "admin");
}
console.log("subscriptions: all as promised");
