import { account } from "./account";
import { channels, subscriptions } from "./channels";
import { ask, readPublic, collection, type Body, type Wanted } from "./described";
import { drills } from "./drills";
import { incidents } from "./incidents";
import { request } from "./request";
import { dependencies, maintenance } from "./maintenance";
import { rules, ruleTemplates } from "./rules";
import { silences } from "./silences";
import { adopt, bearer } from "./session";
import type { CheckInput, Element, Labels } from "./types";

// The only place that knows the paths of the REST API. What is asked and answered is typed by its description.

export type MetricQuery = Omit<Wanted<"/metrics">, "server_id" | "step"> & { server_id: string; step?: number };

const checks = collection("/checks");
// The file has the built-in kinds; here are those that were defined besides.
const described = (check: CheckInput) => check as Body<"post", "/checks">;

export const api = {
  me: () => ask("get", "/me", {}),
  account,
  changePassword: async (old_password: string, new_password: string) => {
    await bearer(); // a fresh one, so that nothing else waits for its turn inside of ours
    await adopt(() => ask("post", "/auth/password", { body: { old_password, new_password } }));
  },
  overview: (signal?: AbortSignal) => ask("get", "/overview", { signal }),
  instances: collection("/instances"),
  groups: collection("/groups"),
  relations: collection("/relations"),
  checks: {
    ...checks,
    add: (body: CheckInput) => checks.add(described(body)),
    replace: (id: string, body: CheckInput, version?: number) => checks.replace(id, described(body), version),
    test: (body: CheckInput & { id?: string }) => ask("post", "/checks/test", { body: described(body) }),
    run: (id: string) => ask("post", "/checks/{id}/run", { path: { id } }),
    slots: (id: string, query: { from: string; to: string }) => ask("get", "/checks/{id}/slots", { path: { id }, query }),
    testState: (id: string, signal?: AbortSignal) => ask("get", "/checks/tests/{id}", { path: { id }, signal }),
    results: (id: string, query?: Wanted<"/checks/{id}/results">, signal?: AbortSignal) => ask("get", "/checks/{id}/results", { path: { id }, query, signal }),
    events: (id: string, query?: Wanted<"/checks/{id}/events">, signal?: AbortSignal) => ask("get", "/checks/{id}/events", { path: { id }, query, signal }),
  },
  checkTypes: () => ask("get", "/check-types", {}),
  metrics: (query: MetricQuery & { cursor?: string }, signal?: AbortSignal) =>
    ask("get", "/metrics", { query: { ...query, step: query.step === undefined ? undefined : String(query.step) }, signal }),
  series: (server: string, query?: Wanted<"/metrics/series">, signal?: AbortSignal) => ask("get", "/metrics/series", { query: { ...query, server_id: server }, signal }),
  query: (expr: string, time?: number) =>
    ask("get", "/query", { query: { query: expr, time: time === undefined ? undefined : String(time) } }).then(
      (answer) => (answer.data as { result: Element[] }).result,
    ),
  rules,
  ruleTemplates,
  alerts: (query?: Wanted<"/alerts">, signal?: AbortSignal) => ask("get", "/alerts", { query, signal }),
  fitting: (selector: Labels) => ask("post", "/selectors/preview", { body: { selector } }),
  incidents,
  silences,
  maintenance,
  dependencies,
  channels,
  subscriptions,
  drills,
  reports: {
    list: (query?: Wanted<"/reports">, signal?: AbortSignal) => ask("get", "/reports", { query, signal }),
    one: (id: string, signal?: AbortSignal) => ask("get", "/reports/{id}", { path: { id }, signal }),
    request: (body: Body<"post", "/reports">) => ask("post", "/reports", { body }),
    download: async (key: string) => (await request("GET", `/reports/${encodeURIComponent(key)}/download`)).blob(),
  },
  schedules: collection("/report-schedules"),
  audit: (query?: Wanted<"/audit">, signal?: AbortSignal) => ask("get", "/audit", { query, signal }),
  users: collection("/users"),
  permissions: () => ask("get", "/permissions", {}),
  roles: collection("/roles"),
  teams: collection("/teams"),
  grants: collection("/grants"),
  invitations: {
    list: (query?: Wanted<"/users/invitations">, signal?: AbortSignal) => ask("get", "/users/invitations", { query, signal }),
    add: (body: Body<"post", "/users/invitations">) => ask("post", "/users/invitations", { body }),
    remove: (id: string) => ask("delete", "/users/invitations/{id}", { path: { id } }),
  },
  tokens: {
    list: (query?: Wanted<"/tokens">, signal?: AbortSignal) => ask("get", "/tokens", { query, signal }),
    add: (body: Body<"post", "/tokens">) => ask("post", "/tokens", { body }),
    remove: (id: string) => ask("delete", "/tokens/{id}", { path: { id } }),
  },
  enrolment: {
    list: (query?: Wanted<"/enrolment-tokens">, signal?: AbortSignal) => ask("get", "/enrolment-tokens", { query, signal }),
    add: (body: Body<"post", "/enrolment-tokens">) => ask("post", "/enrolment-tokens", { body }),
    remove: (id: string) => ask("delete", "/enrolment-tokens/{id}", { path: { id } }),
  },
  publicStatus: (slug: string) => readPublic("/public/status/{slug}", { slug }),
  streamTicket: () => ask("post", "/stream/tickets", {}),
};
