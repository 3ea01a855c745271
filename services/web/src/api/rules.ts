import { collection, get, id } from "./request";
import type { Band } from "./alerting_types";
import type { Rule, RuleInput } from "./types";

export const rules = {
  ...collection<Rule, RuleInput>("/rules"),
  band: (key: string, query: { from: string; to: string }) => get<{ items: Band[]; truncated: boolean }>(`/rules/${id(key)}/band`, query),
};
