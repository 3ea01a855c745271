import { lazy, Suspense, useState } from "react";
import { api } from "../api/client";
import type { Rule, RuleInput, RuleKind, Severity } from "../api/types";
import { useChecksById } from "../lib/checks";
import { inWords } from "../lib/format";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate, useLocation } from "../lib/router";
import { blankRule, defaultsOf, definitionOf, inputOf, isSilence, statesWords } from "../lib/rule_input";
import { Head, Loaded, say, useTitle } from "../parts/basics";
import { Form, NumberField, Pick, SelectField, TextField } from "../parts/form";
import { ReplayButton, ReplayOutcome, useReplay } from "../parts/replay";
import { RuleFacts } from "../parts/rule_health";
import { RuleCondition } from "../parts/rule_condition";
import { RecordedLabels, RuleMessage } from "../parts/rule_message";

// Charts come in a chunk of their own.
const BandCharts = lazy(() => import("../parts/band_charts").then((part) => ({ default: part.BandCharts })));

const NAMES: Record<RuleKind, string> = { check_state: "Shop is down", threshold: "CPU busy", instance_silent: "Instance is silent", location_silent: "Checks do not run", promql: "Many errors", anomaly: "Unusual traffic", recording: "Requests of each service", rule_failing: "Rule cannot be evaluated" };
const SEVERITIES: [Severity, string][] = [["critical", "Critical"], ["warning", "Warning"], ["info", "Info"]];
const KINDS: [RuleKind, string, string][] = [
  ["check_state", "Check is down", "A check fails, or flaps"], ["instance_silent", "Instance is silent", "An instance that sent before sends nothing"], ["location_silent", "Checks do not run", "No check of a location has results"],
  ["threshold", "Metric beyond a limit", "A number is too high or low"], ["promql", "PromQL expression", "Anything that can be computed from metrics"],
  ["anomaly", "Unusual value", "What is usual is learnt, by hour of the week"], ["recording", "Recording", "Makes a series of an expression, and alerts nobody"],
  ["rule_failing", "Rule cannot be evaluated", "Something is wrong with another rule"],
];

function Times({ input, set }: { input: RuleInput; set: (change: Partial<RuleInput>) => void }) {
  const silent = isSilence(input.kind);
  return (
    <div className="grid2">
      <NumberField name="for_seconds" label={silent ? "Silent for, seconds" : "True for, seconds"} value={input.for_seconds} onChange={(for_seconds) => set({ for_seconds })} min={silent ? 30 : 0} max={604_800} hint={inWords(input.for_seconds) ?? (silent ? "At least 30." : "0: alert at once.")} />
      <NumberField name="keep_firing_for_seconds" label="Goes on for, seconds" value={input.keep_firing_for_seconds} onChange={(keep_firing_for_seconds) => set({ keep_firing_for_seconds })} min={0} max={604_800} hint={inWords(input.keep_firing_for_seconds) ?? "After it was true last. 0: it ends at once."} />
      <SelectField name="severity" label="Severity" value={input.severity} onChange={(severity) => set({ severity: severity as Severity })} options={SEVERITIES} />
    </div>
  );
}

const DAY = 86_400_000;

// What the rule has learnt, as it is stored.
function Usual({ rule }: { rule: Rule }) {
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  return <Suspense fallback={null}><BandCharts ruleId={rule.id} fromMs={now - DAY} toMs={now} /></Suspense>;
}

function Fields({ rule, checkId, onReload }: { rule?: Rule; checkId: string | null; onReload?: () => void }) {
  const [input, setInput] = useState<RuleInput>(rule ? inputOf(rule) : blankRule(checkId));
  const checks = useResource("checks?form", () => api.checks.list({ limit: 500 }), { freshSeconds: 30 });
  const about = useChecksById(input.check_id ? [input.check_id] : []).get(input.check_id ?? "");
  const proposed = input.kind === "check_state" && about ? `${about.name} is ${statesWords(input.states)}` : "";
  const set = (change: Partial<RuleInput>) => setInput((before) => ({ ...before, ...change }));
  const measured = input.kind === "promql" || input.kind === "threshold";
  const save = async () => {
    const body = definitionOf({ ...input, name: input.name.trim() || proposed }) as RuleInput;
    if (rule) await api.rules.replace(rule.id, body, rule.version);
    else await api.rules.add(body);
    invalidate("rules", "alerts");
    say(rule ? "Saved." : `${body.name} is added.`);
    navigate("/alerts/rules");
  };
  const { replay, busy, start } = useReplay(rule, () => definitionOf({ ...input, name: input.name.trim() || proposed || "rule" }));
  return (
    <>
      <Form action={rule ? "Save" : "Add rule"} onSubmit={save} onReload={onReload} onCancel={() => navigate("/alerts/rules")}
        extra={(attempt) => measured && <ReplayButton busy={busy} start={start} attempt={attempt} />}>
        {!rule && <Pick<RuleKind> legend="Kind" name="kind" value={input.kind} onChange={(kind) => set(defaultsOf(kind))} options={KINDS} />}
        <TextField name="name" label="Name" value={input.name} onChange={(name) => set({ name })} required={!proposed} autoFocus placeholder={proposed || NAMES[input.kind]} hint={proposed && "Empty: as proposed."} />
        <RuleCondition input={input} set={set} fresh={!rule} />
        {input.kind === "recording" ? <RecordedLabels input={input} set={set} /> : <><Times input={input} set={set} /><RuleMessage input={input} set={set} checks={about ? [about] : checks.data?.items ?? []} /></>}
      </Form>
      {rule?.kind === "anomaly" && <Usual rule={rule} />}
      {replay && <ReplayOutcome replay={replay} />}
    </>
  );
}

export function RuleFormPage({ id }: { id?: string }) {
  useTitle(id ? "Edit rule" : "Add rule");
  const { query } = useLocation();
  const rule = useResource(id ? `rule/${id}/edit` : null, () => api.rules.one(id as string), { freshSeconds: 0 });
  const crumb = <Link href="/alerts/rules">Rules</Link>;
  if (!id) return <><Head title="Add rule" crumb={crumb} /><Fields checkId={query.get("check_id")} /></>;
  return <Loaded from={rule}>{(data) => <><Head title={`Edit ${data.name}`} crumb={crumb} /><RuleFacts id={data.id} /><Fields key={data.version} rule={data} onReload={rule.reload} checkId={null} /></>}</Loaded>;
}
