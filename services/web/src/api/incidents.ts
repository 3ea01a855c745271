import { get, id, json, type Query } from "./request";
import type { Explanation, IncidentSummary } from "./alerting_types";
import type { Incident, Page } from "./types";

const of = (key: string) => `/incidents/${id(key)}`;

export const incidents = {
  list: (query?: Query, signal?: AbortSignal) => get<Page<Incident>>("/incidents", query, signal),
  one: (key: string, signal?: AbortSignal) => get<Incident>(of(key), undefined, signal),
  summary: (query: { from: string; to: string }) => get<IncidentSummary>("/incidents/summary", query),
  acknowledge: (key: string, body: { comment: string; expires_at?: string | null; sticky: boolean }) =>
    json<Incident>("PUT", `${of(key)}/acknowledgement`, { body }),
  takeBack: (key: string) => json<void>("DELETE", `${of(key)}/acknowledgement`),
  assign: (key: string, user_id: string | null) => json<Incident>("PUT", `${of(key)}/assignee`, { body: { user_id } }),
  note: (key: string, text: string) => json<Incident>("POST", `${of(key)}/notes`, { body: { text } }),
  explain: (key: string, signal?: AbortSignal) => get<Explanation>(`/alerts/${id(key)}/explain`, undefined, signal),
};
