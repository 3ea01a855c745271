import { useState } from "react";
import { api } from "../api/client";
import type { RuleTemplate } from "../api/alerting_types";
import type { Severity } from "../api/types";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate } from "../lib/router";
import { chosenOf, filled, mistakeOf, type Chosen } from "../lib/template";
import { Dialog, Head, Loaded, say, useTitle } from "../parts/basics";
import { Form, NumberField, SelectField, TextField } from "../parts/form";
import { SeverityState } from "../parts/state";

// Rules that many need, ready but for a few numbers.

const SEVERITIES: [Severity, string][] = [["critical", "Critical"], ["warning", "Warning"], ["info", "Info"]];

function UseTemplate({ template, onClose }: { template: RuleTemplate; onClose: () => void }) {
  const [name, setName] = useState(template.rule.name ?? template.name);
  const [severity, setSeverity] = useState<Severity>(template.rule.severity ?? "warning");
  const [chosen, setChosen] = useState<Chosen>(() => chosenOf(template));
  const add = async () => {
    const rule = await api.ruleTemplates.use(template.id, { name: name.trim(), severity, parameters: chosen });
    invalidate("rules", "alerts");
    say(`${rule.name} is added.`);
    navigate(`/alerts/rules/${rule.id}/edit`);
  };
  return (
    <Dialog title={template.name} onClose={onClose}>
      <p className="quiet" style={{ marginBottom: 14 }}>{template.summary}</p>
      <Form action="Add rule" onSubmit={add} onCancel={onClose} guard={false}>
        <TextField name="name" label="Name" value={name} onChange={setName} required />
        <div className="grid2">
          {template.parameters.map((one) => {
            const label = one.unit ? `${one.title}, ${one.unit}` : one.title;
            const set = (value: number | string) => setChosen((before) => ({ ...before, [one.name]: value }));
            const shared = { name: `parameters.${one.name}`, label, mistake: mistakeOf(one, chosen[one.name]) };
            if (one.kind === "addresses") return <TextField key={one.name} {...shared} value={String(chosen[one.name] ?? "")} onChange={set} />;
            return <NumberField key={one.name} {...shared} value={Number(chosen[one.name] ?? NaN)} onChange={set} min={one.min} max={one.max} step="any" />;
          })}
          <SelectField name="severity" label="Severity" value={severity} onChange={(value) => setSeverity(value as Severity)} options={SEVERITIES} />
        </div>
        {template.expr && <div className="field"><span className="name">Fires when</span><pre className="code">{filled(template, chosen)}</pre></div>}
      </Form>
    </Dialog>
  );
}

export function RuleTemplatesPage() {
  useTitle("Rule templates");
  const templates = useResource("rule-templates", () => api.ruleTemplates.list(), { freshSeconds: 300 });
  const [using, setUsing] = useState<RuleTemplate | null>(null);
  return (
    <>
      <Head title="Rule templates" crumb={<Link href="/alerts/rules">Rules</Link>} sub="Choose one, set its numbers, and change whatever you like afterwards." />
      <Loaded from={templates}>
        {({ items }) => (
          <ul className="gallery">
            {items.map((one) => (
              <li key={one.id}>
                <button onClick={() => setUsing(one)}>
                  <b>{one.name}</b>
                  <span className="quiet">{one.summary}</span>
                  {one.expr && <code>{filled(one, chosenOf(one))}</code>}
                  {one.rule.severity && <SeverityState severity={one.rule.severity} />}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {using && <UseTemplate template={using} onClose={() => setUsing(null)} />}
    </>
  );
}
