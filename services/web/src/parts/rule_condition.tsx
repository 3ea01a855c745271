import { api } from "../api/client";
import type { CheckCondition, NoData, RuleInput } from "../api/types";
import { allPages } from "../lib/all_pages";
import { inWords } from "../lib/format";
import { useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { isQuery, isSilence, rulesOn } from "../lib/rule_input";
import { CheckField } from "./check_choice";
import { Field, NumberField, PairsField, SelectField, TextField, Tick } from "./form";

// When a rule alerts, by its kind.

// Words, condition, how long.
type Example = [string, string, number];
const EXAMPLES: Example[] = [
  ["CPU busy", 'node_cpu_usage_ratio{core="total"} > 0.9', 300], ["Memory nearly full", "node_memory_used_ratio > 0.9", 300],
  ["Disk nearly full", "node_filesystem_used_ratio > 0.9", 300], ["Load high", "node_load5 > 8", 0], ["Slow answers", "probe_duration_seconds > 2", 0],
];
const QUERY_EXAMPLES: Example[] = [
  ["Errors of a service", 'sum by (job) (rate(http_requests_total{status=~"5.."}[5m])) > 1', 60],
  ["Disk full within a day", "predict_linear(node_filesystem_free_bytes[6h], 86400) < 0", 600],
  ["Half of the checks fail", "avg(probe_success) < 0.5", 0],
];
const SERIES_EXAMPLES: Example[] = [
  ["Requests of a service", "sum by (job) (rate(http_requests_total[5m]))", 300], ["Answers take unusually long", "probe_duration_seconds", 300], ["Unusual traffic", "rate(node_network_receive_bytes_total[5m])", 600],
];
const RECORDED: Example[] = [
  ["Traffic of an instance", "sum by (instance) (rate(node_network_receive_bytes_total[5m]))", 0], ["Availability of a check", "avg without (location) (avg_over_time(probe_success[1h]))", 0],
];
const SEASONS: [string, string][] = [["week", "Hour of the week"], ["day", "Hour of the day"], ["flat", "All the time"]];
const DIRECTIONS: [string, string][] = [["both", "Too high or too low"], ["up", "Too high"], ["down", "Too low"]];
const STATES: [CheckCondition, string, string][] = [["down", "Down", "It fails, as often as the check says"], ["warning", "Warning", "It is up and warns: a plugin ended with 1, a certificate ends soon, packets were lost"], ["unknown", "Unknown", "Nobody can say: it could not be run, or no location has a result"], ["flapping", "Flapping", "It goes up and down too often"]];
const NO_DATA: [NoData, string][] = [["ok", "Its alert ends"], ["keep", "Its alert goes on"], ["alert", "That is an alert too"]];

type Set = (change: Partial<RuleInput>) => void;

// What alerts already on the check that somebody wants to be alerted on.
function Covered({ checkId }: { checkId: string }) {
  const check = useResource(`check/${checkId}`, () => api.checks.one(checkId));
  const rules = useResource("rules/all", () => allPages(api.rules.list), { freshSeconds: 30 });
  const found = check.data && rules.data ? rulesOn(rules.data.items, check.data) : [];
  if (!check.data || found.length === 0) return null;
  return (
    <p className="note" role="status">
      {found.map((one, index) => <span key={one.id}>{index > 0 && ", "}<Link href={`/alerts/rules/${one.id}/edit`}>{one.name}</Link></span>)}{" "}
      {found.length === 1 ? "alerts" : "alert"} already when {check.data.name} is down. Another rule is of use for another delay, severity or text.
    </p>
  );
}

function Examples({ all, input, set }: { all: Example[]; input: RuleInput; set: Set }) {
  return <p className="actions" style={{ marginBottom: 16 }}>{all.map(([words, expr, for_seconds]) => <button type="button" className="btn tiny" key={words} onClick={() => set({ expr, for_seconds, name: input.name || words })}>{words}</button>)}</p>;
}

function States({ input, set }: { input: RuleInput; set: Set }) {
  const toggle = (state: CheckCondition) => (on: boolean) => set({ states: STATES.map(([one]) => one).filter((one) => (one === state ? on : input.states.includes(one))) });
  return (
    <fieldset className="bare">
      <legend>When the check is</legend>
      {STATES.map(([state, words, hint]) => <Tick key={state} label={words} hint={hint} checked={input.states.includes(state)} onChange={toggle(state)} />)}
      {input.states.length === 0 && <p className="wrong" role="alert">Choose at least one state.</p>}
    </fieldset>
  );
}

function ExprField({ value, onChange, placeholder, hint }: { value: string; onChange: (value: string) => void; placeholder?: string; hint: string }) {
  const rows = Math.min(12, Math.max(2, value.split("\n").length, Math.ceil(value.length / 80)));
  return <Field name="expr" label="Expression" required hint={hint}>{(props) => <textarea {...props} className="expr" rows={rows} required value={value} placeholder={placeholder} spellCheck={false} onChange={(event) => onChange(event.target.value)} />}</Field>;
}

function AnomalyFields({ input, set }: { input: RuleInput; set: Set }) {
  return (
    <div className="grid2">
      <SelectField name="season" label="What is usual depends on" value={input.season ?? "week"} onChange={(season) => set({ season: season as RuleInput["season"] })} options={SEASONS} />
      <SelectField name="direction" label="Unusual is" value={input.direction ?? "both"} onChange={(direction) => set({ direction: direction as RuleInput["direction"] })} options={DIRECTIONS} />
      <NumberField name="sensitivity" label="Width of the band" value={input.sensitivity ?? 3} onChange={(sensitivity) => set({ sensitivity })} min={1} max={20} step="any" hint="In standard deviations. Less: more alerts." />
      <NumberField name="min_change" label="Never unusual, closer than" value={input.min_change ?? 0} onChange={(min_change) => set({ min_change })} min={0} step="any" hint="To what is usual, in the unit of the series." />
      <NumberField name="min_history_seconds" label="Learns for at least, seconds" value={input.min_history_seconds ?? 0} onChange={(min_history_seconds) => set({ min_history_seconds })} min={600} max={2_419_200} hint={inWords(input.min_history_seconds ?? 0)} />
    </div>
  );
}

export function RuleCondition({ input, set, fresh }: { input: RuleInput; set: Set; fresh: boolean }) {
  const selects = Object.keys(input.label_selector ?? {}).length > 0;
  const selector = (label: string, hint: string) => <PairsField name="label_selector" label={label} value={input.label_selector ?? {}} onChange={(label_selector) => set({ label_selector })} hint={hint} />;
  if (input.kind === "rule_failing") return selector("Rules with these labels", "Of rule, rule_id, rule_kind and rule_group. None: every rule.");
  if (isSilence(input.kind)) return selector(input.kind === "location_silent" ? "Locations (label location)" : "Instances with these labels", "None: all of them.");
  if (input.kind === "threshold") {
    return (
      <>
        <TextField name="expr" label="Condition" value={input.expr ?? ""} onChange={(expr) => set({ expr })} required mono placeholder={EXAMPLES[0]?.[1]}
          hint="metric{label=&quot;value&quot;} then > >= < <= == or != and a number. One alert per series that fits." />
        <Examples all={EXAMPLES} input={input} set={set} />
        {selector("Servers and series with these labels", "None: every series of that name.")}
      </>
    );
  }
  if (input.kind === "recording") {
    return (
      <>
        <TextField name="record" label="Series that it makes" value={input.record ?? ""} onChange={(record) => set({ record })} required mono placeholder="job:http_requests:rate5m" hint="A name of letters, digits, _ and :, by custom level:metric:operation." />
        <ExprField value={input.expr ?? ""} onChange={(expr) => set({ expr })} placeholder={RECORDED[0]?.[1]} hint="PromQL. Each element of the result is a sample of one series; rules, charts and queries read it under its name." />
        <Examples all={RECORDED} input={input} set={set} />
        <NumberField name="interval_seconds" label="Evaluated every, seconds" value={input.interval_seconds ?? 15} onChange={(interval_seconds) => set({ interval_seconds })} min={1} max={3600} />
      </>
    );
  }
  if (isQuery(input.kind)) {
    const anomaly = input.kind === "anomaly";
    const examples = anomaly ? SERIES_EXAMPLES : QUERY_EXAMPLES;
    return (
      <>
        <ExprField value={input.expr ?? ""} onChange={(expr) => set({ expr })} placeholder={examples[0]?.[1]}
          hint={anomaly ? "PromQL without a comparison: what is watched. One alert per series that is unusual." : "PromQL. One alert per element of the result, for as long as it is in it."} />
        <Examples all={examples} input={input} set={set} />
        {anomaly && <AnomalyFields input={input} set={set} />}
        <div className="grid2">
          <NumberField name="interval_seconds" label="Evaluated every, seconds" value={input.interval_seconds ?? 15} onChange={(interval_seconds) => set({ interval_seconds })} min={1} max={3600} />
          <SelectField name="no_data" label="When what it reads is missing" value={input.no_data} onChange={(no_data) => set({ no_data: no_data as NoData })} options={NO_DATA} />
        </div>
      </>
    );
  }
  return (
    <>
      <CheckField name="check_id" label="Check" value={input.check_id ?? null} onChange={(check_id) => set({ check_id })} none="All checks that fit the labels below" />
      {fresh && input.check_id && <Covered checkId={input.check_id} />}
      {(!input.check_id || selects) && selector(input.check_id ? "While it has these labels" : "Checks with these labels", input.check_id ? "None: always." : "None: every check.")}
      <States input={input} set={set} />
    </>
  );
}
