import { useState } from "react";
import { api } from "../api/client";
import type { Rule, RuleInput, RuleKind, Severity } from "../api/types";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate, useLocation } from "../lib/router";
import { blankRule, defaultsOf, definitionOf, inputOf, isSilence, rulesOn } from "../lib/rule_input";
import { Head, Loaded, say, useTitle } from "../parts/basics";
import { Form, NumberField, PairsField, Pick, SelectField, TextField, Tick } from "../parts/form";

// Words, condition, how long.
const EXAMPLES: [string, string, number][] = [
  ["CPU busy", 'node_cpu_usage_ratio{core="total"} > 0.9', 300], ["Memory nearly full", "node_memory_used_ratio > 0.9", 300],
  ["Disk nearly full", "node_filesystem_used_ratio > 0.9", 300], ["Load high", "node_load5 > 8", 0], ["Slow answers", "probe_duration_seconds > 2", 0],
];
const QUERY_EXAMPLES: [string, string, number][] = [
  ["Errors of a service", 'sum by (job) (rate(http_requests_total{status=~"5.."}[5m])) > 1', 60],
  ["Disk full within a day", "predict_linear(node_filesystem_free_bytes[6h], 86400) < 0", 600],
  ["Half of the checks fail", "avg(probe_success) < 0.5", 0],
];
const NAMES: Record<RuleKind, string> = { check_state: "Shop is down", threshold: "CPU busy", instance_silent: "Instance is silent", location_silent: "Checks do not run", promql: "Many errors" };
const SEVERITIES: [Severity, string][] = [["critical", "Critical"], ["warning", "Warning"], ["info", "Info"]];

// What alerts already on the check that somebody wants to be alerted on.
function Covered({ checkId }: { checkId: string }) {
  const check = useResource(`check/${checkId}`, () => api.checks.one(checkId));
  const rules = useResource("rules", () => api.rules.list({ limit: 500 }), { freshSeconds: 30 });
  const found = check.data && rules.data ? rulesOn(rules.data.items, check.data) : [];
  if (!check.data || found.length === 0) return null;
  return (
    <p className="note" role="status">
      {found.map((one, index) => <span key={one.id}>{index > 0 && ", "}<Link href={`/alerts/rules/${one.id}/edit`}>{one.name}</Link></span>)}{" "}
      {found.length === 1 ? "alerts" : "alert"} already when {check.data.name} is down. Another rule is of use for another delay, severity or text.
    </p>
  );
}

function Fields({ rule, checkId, onReload }: { rule?: Rule; checkId: string | null; onReload?: () => void }) {
  const [input, setInput] = useState<RuleInput>(rule ? inputOf(rule) : blankRule(checkId));
  const checks = useResource("checks?form", () => api.checks.list({ limit: 500 }), { freshSeconds: 30 });
  const about = checks.data?.items.find((one) => one.id === input.check_id);
  const proposed = input.kind === "check_state" && about ? `${about.name} is down` : "";
  const silent = isSilence(input.kind);
  const set = (change: Partial<RuleInput>) => setInput((before) => ({ ...before, ...change }));
  const note = (name: string) => (text: string) => set({ annotations: { ...input.annotations, [name]: text } });
  const save = async () => {
    const body = definitionOf({ ...input, name: input.name.trim() || proposed }) as RuleInput;
    if (rule) await api.rules.replace(rule.id, body, rule.version);
    else await api.rules.add(body);
    invalidate("rules", "alerts");
    say(rule ? "Saved." : `${body.name} is added.`);
    navigate("/alerts/rules");
  };
  return (
    <Form action={rule ? "Save" : "Add rule"} onSubmit={save} onReload={onReload} onCancel={() => navigate("/alerts/rules")}>
      {!rule && <Pick<RuleKind> legend="Kind" name="kind" value={input.kind} onChange={(kind) => set(defaultsOf(kind))}
        options={[["check_state", "Check is down", "A check reports failure"], ["instance_silent", "Instance is silent", "An instance that sent before sends nothing"], ["location_silent", "Checks do not run", "No check of a location has results"], ["threshold", "Metric beyond a limit", "A number is too high or low"],
          ["promql", "PromQL expression", "Anything that can be computed from metrics"]]} />}
      <TextField name="name" label="Name" value={input.name} onChange={(name) => set({ name })} required={!proposed} autoFocus placeholder={proposed || NAMES[input.kind]} hint={proposed && "Empty: as proposed."} />
      {silent && <PairsField name="label_selector" label={input.kind === "location_silent" ? "Locations (label location)" : "Instances with these labels"} value={input.label_selector ?? {}} onChange={(label_selector) => set({ label_selector })} hint="None: all of them." />}
      {input.kind === "threshold" && (
        <>
          <TextField name="expr" label="Condition" value={input.expr ?? ""} onChange={(expr) => set({ expr })} required mono placeholder={EXAMPLES[0]?.[1]}
            hint="metric{label=&quot;value&quot;} then > >= < <= == or != and a number. One alert per series that fits." />
          <p className="actions" style={{ marginBottom: 16 }}>{EXAMPLES.map(([words, expr, for_seconds]) => <button type="button" className="btn tiny" key={words} onClick={() => set({ expr, for_seconds, name: input.name || words })}>{words}</button>)}</p>
        </>
      )}
      {input.kind === "promql" && (
        <>
          <TextField name="expr" label="Expression" value={input.expr ?? ""} onChange={(expr) => set({ expr })} required mono placeholder={QUERY_EXAMPLES[0]?.[1]}
            hint="PromQL. One alert per element of the result, for as long as it is in it." />
          <p className="actions" style={{ marginBottom: 16 }}>{QUERY_EXAMPLES.map(([words, expr, for_seconds]) => <button type="button" className="btn tiny" key={words} onClick={() => set({ expr, for_seconds, name: input.name || words })}>{words}</button>)}</p>
          <NumberField name="interval_seconds" label="Evaluated every, seconds" value={input.interval_seconds ?? 15} onChange={(interval_seconds) => set({ interval_seconds })} min={1} max={3600} />
        </>
      )}
      {input.kind === "check_state" && (
        <>
          <SelectField name="check_id" label="Check" value={input.check_id ?? ""} onChange={(id) => set({ check_id: id || null })}
            options={[["", "All checks that fit the labels below"], ...(checks.data?.items ?? []).map((one) => [one.id, one.name] as [string, string])]} />
          {!rule && input.check_id && <Covered checkId={input.check_id} />}
          {!input.check_id && <PairsField name="label_selector" label="Checks with these labels" value={input.label_selector ?? {}} onChange={(label_selector) => set({ label_selector })} hint="None: every check." />}
        </>
      )}
      <div className="grid2">
        <NumberField name="for_seconds" label={silent ? "Silent for, seconds" : "True for, seconds"} value={input.for_seconds} onChange={(for_seconds) => set({ for_seconds })} min={silent ? 30 : 0} max={604_800} hint={silent ? "At least 30." : "0: alert at once."} />
        <SelectField name="severity" label="Severity" value={input.severity} onChange={(severity) => set({ severity: severity as Severity })} options={SEVERITIES} />
      </div>
      <fieldset>
        <legend>What the message says</legend>
        <TextField name="annotations.summary" label="Summary" value={input.annotations["summary"] ?? ""} onChange={note("summary")} placeholder="One line that tells what is wrong" />
        <TextField name="annotations.description" label="Description" value={input.annotations["description"] ?? ""} onChange={note("description")} placeholder="What to do about it" />
        <PairsField name="labels" label="Extra labels" value={input.labels} onChange={(labels) => set({ labels })} hint="Alertmanager routes by these, such as team = shop." />
        <Tick label="Enabled" checked={input.enabled} onChange={(enabled) => set({ enabled })} />
      </fieldset>
    </Form>
  );
}

export function RuleFormPage({ id }: { id?: string }) {
  useTitle(id ? "Edit rule" : "Add rule");
  const { query } = useLocation();
  const rule = useResource(id ? `rule/${id}/edit` : null, () => api.rules.one(id as string), { freshSeconds: 0 });
  const crumb = <Link href="/alerts/rules">Rules</Link>;
  if (!id) return <><Head title="Add rule" crumb={crumb} /><Fields checkId={query.get("check_id")} /></>;
  return <Loaded from={rule}>{(data) => <><Head title={`Edit ${data.name}`} crumb={crumb} /><Fields key={data.version} rule={data} onReload={rule.reload} checkId={null} /></>}</Loaded>;
}
