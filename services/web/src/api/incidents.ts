import { ask, type Wanted } from "./described";

export const incidents = {
  list: (query?: Wanted<"/incidents">, signal?: AbortSignal) => ask("get", "/incidents", { query, signal }),
  one: (id: string, signal?: AbortSignal) => ask("get", "/incidents/{id}", { path: { id }, signal }),
  summary: (query: { from: string; to: string }) => ask("get", "/incidents/summary", { query }),
  acknowledge: (id: string, body: { comment: string; expires_at?: string | null; sticky: boolean }) =>
    ask("put", "/incidents/{id}/acknowledgement", { path: { id }, body }),
  takeBack: (id: string) => ask("delete", "/incidents/{id}/acknowledgement", { path: { id } }),
  assign: (id: string, user_id: string | null) => ask("put", "/incidents/{id}/assignee", { path: { id }, body: { user_id } }),
  note: (id: string, text: string) => ask("post", "/incidents/{id}/notes", { path: { id }, body: { text } }),
  explain: (id: string, signal?: AbortSignal) => ask("get", "/alerts/{id}/explain", { path: { id }, signal }),
};
