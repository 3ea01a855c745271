import { collection, get, id, json } from "./request";
import type { Band, Replay, RuleImport, RuleTemplate } from "./alerting_types";
import type { Rule, RuleInput, Severity } from "./types";

export const rules = {
  ...collection<Rule, RuleInput>("/rules"),
  importFile: (text: string, dry: boolean) => json<RuleImport>("POST", "/rules/import", { text, query: { dry_run: dry ? "true" : undefined } }),
  band: (key: string, query: { from: string; to: string }) => get<{ items: Band[]; truncated: boolean }>(`/rules/${id(key)}/band`, query),
  replay: (body: { rule: Partial<RuleInput>; compare_with: string | null; from: string; to: string }) => json<Replay>("POST", "/rules/replay", { body }),
};

export const ruleTemplates = {
  list: () => get<{ items: RuleTemplate[] }>("/rule-templates"),
  use: (key: string, body: { name?: string; parameters: Record<string, number>; severity?: Severity; enabled?: boolean }) =>
    json<Rule>("POST", `/rule-templates/${id(key)}/rules`, { body }),
};
