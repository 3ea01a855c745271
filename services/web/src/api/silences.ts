import { get, id, json, type Query } from "./request";
import type { Silence, SilenceInput, ToldSilence } from "./alerting_types";
import type { Page } from "./types";

export const silences = {
  list: (query?: Query) => get<Page<Silence> & { warnings: string[] }>("/silences", query),
  one: (key: string) => get<Silence>(`/silences/${id(key)}`),
  add: (body: SilenceInput) => json<ToldSilence>("POST", "/silences", { body }),
  change: (key: string, body: Partial<SilenceInput>) => json<ToldSilence>("PUT", `/silences/${id(key)}`, { body }),
  expire: (key: string) => json<{ warnings: string[] } | undefined>("DELETE", `/silences/${id(key)}`),
};
