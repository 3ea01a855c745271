import { account } from "./account";
import { channels, subscriptions } from "./channels";
import { drills } from "./drills";
import { incidents } from "./incidents";
import { collection, get, id, json, request, type Query } from "./request";
import { dependencies, maintenance } from "./maintenance";
import { rules, ruleTemplates } from "./rules";
import { silences } from "./silences";
import { adopt, bearer } from "./session";
import type {
  Alert, ApiToken, AuditEntry, Check, CheckEvent, CheckInput, CheckResult, CheckSlots, CheckTest, CheckType, Element, EnrolmentToken,
  Group, GroupInput, Instance, InstanceInput, Invitation, Labels, Overview, Page, Relation, RelationInput, Report, ReportInput, ReportSchedule,
  ReportScheduleInput, Role, Sample, SeriesInfo, Session, User,
} from "./types";

// The only place that knows the paths of the REST API.

export interface MetricQuery {
  server_id: string;
  metric_type?: string;
  metric_name?: string;
  from?: string;
  to?: string;
  step?: number;
  agg?: "avg" | "min" | "max" | "sum" | "count";
  limit?: number;
}

export interface UserInput {
  email: string;
  name: string;
  role: Role;
  password?: string;
}

export const api = {
  me: () => get<User>("/me"),
  account,
  changePassword: async (old_password: string, new_password: string) => {
    await bearer(); // a fresh one, so that nothing else waits for its turn inside of ours
    await adopt(() => json<Session>("POST", "/auth/password", { body: { old_password, new_password } }));
  },
  overview: (signal?: AbortSignal) => get<Overview>("/overview", undefined, signal),
  instances: collection<Instance, InstanceInput>("/instances"),
  groups: collection<Group, GroupInput>("/groups"),
  relations: collection<Relation, RelationInput>("/relations"),
  checks: {
    ...collection<Check, CheckInput>("/checks"),
    test: (body: CheckInput & { id?: string }) => json<CheckTest>("POST", "/checks/test", { body }),
    run: (key: string) => json<CheckTest>("POST", `/checks/${id(key)}/run`, { body: {} }),
    slots: (key: string, query: { from: string; to: string }) => get<CheckSlots>(`/checks/${id(key)}/slots`, query),
    testState: (key: string, signal?: AbortSignal) =>
      get<CheckTest>(`/checks/tests/${id(key)}`, undefined, signal),
    results: (key: string, query?: Query, signal?: AbortSignal) =>
      get<Page<CheckResult>>(`/checks/${id(key)}/results`, query, signal),
    events: (key: string, query?: Query, signal?: AbortSignal) =>
      get<Page<CheckEvent>>(`/checks/${id(key)}/events`, query, signal),
  },
  checkTypes: () => get<{ items: CheckType[] }>("/check-types"),
  metrics: (query: MetricQuery & { cursor?: string }, signal?: AbortSignal) =>
    get<Page<Sample>>("/metrics", { ...query }, signal),
  series: (server: string, query?: Query, signal?: AbortSignal) =>
    get<Page<SeriesInfo>>("/metrics/series", { ...query, server_id: server }, signal),
  query: (expr: string, time?: number) => get<{ data: { result: Element[] } }>("/query", { query: expr, time }).then((answer) => answer.data.result),
  rules,
  ruleTemplates,
  alerts: (query?: Query, signal?: AbortSignal) => get<Page<Alert>>("/alerts", query, signal),
  fitting: (selector: Labels) => json<{ checks: number; instances: number; alerts: number }>("POST", "/selectors/preview", { body: { selector } }),
  incidents,
  silences,
  maintenance,
  dependencies,
  channels,
  subscriptions,
  drills,
  reports: {
    list: (query?: Query, signal?: AbortSignal) => get<Page<Report>>("/reports", query, signal),
    one: (key: string, signal?: AbortSignal) => get<Report>(`/reports/${id(key)}`, undefined, signal),
    request: (body: ReportInput) => json<Report>("POST", "/reports", { body }),
    download: async (key: string) => (await request("GET", `/reports/${id(key)}/download`)).blob(),
  },
  schedules: collection<ReportSchedule, ReportScheduleInput>("/report-schedules"),
  audit: (query?: Query, signal?: AbortSignal) => get<Page<AuditEntry>>("/audit", query, signal),
  users: collection<User, UserInput>("/users"),
  invitations: {
    list: (query?: Query, signal?: AbortSignal) => get<Page<Invitation>>("/users/invitations", query, signal),
    add: (body: { email: string; role: Role }) => json<Invitation>("POST", "/users/invitations", { body }),
    remove: (key: string) => json<void>("DELETE", `/users/invitations/${id(key)}`),
  },
  tokens: {
    list: (query?: Query, signal?: AbortSignal) => get<Page<ApiToken>>("/tokens", query, signal),
    add: (body: { name: string; scopes: string[]; expires_at?: string }) =>
      json<ApiToken>("POST", "/tokens", { body }),
    remove: (key: string) => json<void>("DELETE", `/tokens/${id(key)}`),
  },
  enrolment: {
    list: (query?: Query, signal?: AbortSignal) =>
      get<Page<EnrolmentToken>>("/enrolment-tokens", query, signal),
    add: (body: { name: string; expires_at?: string; max_uses?: number }) =>
      json<EnrolmentToken>("POST", "/enrolment-tokens", { body }),
    remove: (key: string) => json<void>("DELETE", `/enrolment-tokens/${id(key)}`),
  },
  streamTicket: () => json<{ ticket: string; expires_in: number }>("POST", "/stream/tickets", { body: {} }),
};
