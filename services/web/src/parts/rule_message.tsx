import { useState } from "react";
import { api } from "../api/client";
import type { Check, RuleInput } from "../api/types";
import { isMeasured } from "../lib/rule_input";
import { labelsOfElement } from "../lib/alert_labels";
import { candidates, comparedIn, namesIn } from "../lib/rule_labels";
import { useResource } from "../lib/resource";
import { useSettled } from "../lib/settled";
import { PairsField, TextField, Tick } from "./form";

// What the message of an alert says, and what its texts may name.

const PIPES: [string, string][] = [
  ["humanize", "1234567 as 1.235M"], ["humanize1024", "1048576 as 1Mi"], ["humanizePercentage", "0.973 as 97.3%"], ["humanizeDuration", "3700 as 1h 1m 40s"], ["humanizeTimestamp", "a time"],
  ["toUpper", "text in capitals"], ["toLower", "text in small letters"], ["title", "Text With Capitals"],
];

function useNames(input: RuleInput, checks: Check[]): { names: [string, string][]; value?: string } {
  const measured = isMeasured(input.kind);
  const expr = useSettled(measured ? comparedIn(input.expr ?? "") : "", 500);
  const elements = useResource(measured && expr ? `rule-labels/${expr}` : null, () => api.query(expr), { freshSeconds: 60 });
  const instances = useResource("instances", () => api.instances.list({ limit: 200 }), { freshSeconds: 60 }).data?.items ?? [];
  const labels = measured ? (elements.data ?? []).map((one) => labelsOfElement(one.metric, checks, instances)) : candidates(input, checks, instances);
  return { names: namesIn(labels, input.labels), value: measured ? elements.data?.[0]?.value[1] : undefined };
}

function MayBeUsed({ names, value, onUse }: { names: [string, string][]; value?: string; onUse: (text: string) => void }) {
  const use = (text: string, title: string) => <button type="button" className="chip use" key={text} title={title} onClick={() => onUse(text)}>{text}</button>;
  return (
    <div className="field" role="group" aria-label="What the texts may name">
      <span className="hint">Put into the text what the alert has:</span>
      <span className="chips" style={{ marginTop: 5 }}>
        {use("{{ $value }}", value === undefined ? "The value" : `The value, now ${value}`)}
        {names.slice(0, 24).map(([name, example]) => use(`{{ $labels.${name} }}`, `Such as ${example}`))}
      </span>
      <details className="small" style={{ marginTop: 6 }}>
        <summary className="quiet">How it looks</summary>
        <span className="chips" style={{ marginTop: 5 }}>{PIPES.map(([name, words]) => use(`{{ $value | ${name} }}`, words))}{use('{{ printf "%.2f" $value }}', "With two places")}</span>
      </details>
    </div>
  );
}

function Enabled({ input, set }: { input: RuleInput; set: (change: Partial<RuleInput>) => void }) {
  return <Tick label="Enabled" checked={input.enabled} onChange={(enabled) => set({ enabled })} />;
}

// What a recording rule says of its series.
export function RecordedLabels({ input, set }: { input: RuleInput; set: (change: Partial<RuleInput>) => void }) {
  return (
    <>
      <PairsField name="labels" label="Extra labels" value={input.labels} onChange={(labels) => set({ labels })} hint="Each series that is made has these besides those of the expression." />
      <Enabled input={input} set={set} />
    </>
  );
}

export function RuleMessage({ input, set, checks }: { input: RuleInput; set: (change: Partial<RuleInput>) => void; checks: Check[] }) {
  const [last, setLast] = useState<"summary" | "description">("summary");
  const { names, value } = useNames(input, checks);
  const note = (name: string, text: string) => set({ annotations: { ...input.annotations, [name]: text } });
  const use = (text: string) => {
    const before = input.annotations[last] ?? "";
    note(last, before && !before.endsWith(" ") ? `${before} ${text}` : before + text);
  };
  return (
    <fieldset>
      <legend>What the message says</legend>
      <div onFocus={() => setLast("summary")}><TextField name="annotations.summary" label="Summary" value={input.annotations["summary"] ?? ""} onChange={(text) => note("summary", text)} placeholder="One line that tells what is wrong" /></div>
      <div onFocus={() => setLast("description")}><TextField name="annotations.description" label="Description" value={input.annotations["description"] ?? ""} onChange={(text) => note("description", text)} placeholder="What to do about it" /></div>
      <MayBeUsed names={names} value={value} onUse={use} />
      <PairsField name="labels" label="Extra labels" value={input.labels} onChange={(labels) => set({ labels })} hint="Alertmanager routes by these, such as team = shop." />
      <Enabled input={input} set={set} />
    </fieldset>
  );
}
