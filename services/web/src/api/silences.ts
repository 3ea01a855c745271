import { get, id, json } from "./request";
import type { Silence, SilenceInput } from "./alerting_types";
import type { Page } from "./types";

export const silences = {
  list: () => get<Page<Silence>>("/silences"),
  add: (body: SilenceInput) => json<Silence>("POST", "/silences", { body }),
  expire: (key: string) => json<void>("DELETE", `/silences/${id(key)}`),
};
