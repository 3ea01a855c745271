import { ask, type Body, type Wanted } from "./described";

export const silences = {
  list: (query?: Wanted<"/silences">) => ask("get", "/silences", { query }),
  one: (id: string) => ask("get", "/silences/{id}", { path: { id } }),
  add: (body: Body<"post", "/silences">) => ask("post", "/silences", { body }),
  change: (id: string, body: Body<"put", "/silences/{id}">) => ask("put", "/silences/{id}", { path: { id }, body }),
  expire: (id: string) => ask("delete", "/silences/{id}", { path: { id } }),
};
