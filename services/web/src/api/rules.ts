import { ask, collection, type Body } from "./described";

export const rules = {
  ...collection("/rules"),
  importFile: (text: string, dry: boolean) => ask("post", "/rules/import", { text, query: dry ? { dry_run: "true" } : {} }),
  band: (id: string, query: { from: string; to: string }) => ask("get", "/rules/{id}/band", { path: { id }, query }),
  replay: (body: Body<"post", "/rules/replay">) => ask("post", "/rules/replay", { body }),
};

export const ruleTemplates = {
  list: () => ask("get", "/rule-templates", {}),
  use: (id: string, body: Body<"post", "/rule-templates/{id}/rules">) => ask("post", "/rule-templates/{id}/rules", { path: { id }, body }),
};
