import type { Matcher } from "../api/alerting_types";
import { OPERATORS, operatorOf, withOperator, type Operator } from "../lib/matchers";
import { Field } from "./form";

// Labels that must fit, each by an operator; an empty row at the end is there to be filled.
export function MatchersField({ name, label, value, onChange, mistake }: { name: string; label: string; value: Matcher[]; onChange: (value: Matcher[]) => void; mistake?: string }) {
  const shown: Matcher[] = [...value, { name: "", value: "", regex: false, equal: true }];
  const change = (index: number, next: Partial<Matcher>) =>
    onChange(shown.map((row, at) => (at === index ? { ...row, ...next } : row)).filter((row) => row.name || row.value));
  return (
    <Field name={name} label={label} mistake={mistake} hint="All of them must fit. =~ and !~ take regular expressions.">
      {(props) => (
        <div className="pairs matchers">
          {shown.map((row, index) => (
            <div key={index}>
              <input {...(index === 0 ? props : {})} type="text" className="mono" value={row.name} placeholder="label" spellCheck={false} aria-label={`Label ${index + 1}`} onChange={(event) => change(index, { name: event.target.value.trim() })} />
              <select className="mono" aria-label={`How label ${index + 1} fits`} value={operatorOf(row)} onChange={(event) => change(index, withOperator(row, event.target.value as Operator))}>{OPERATORS.map((one) => <option key={one}>{one}</option>)}</select>
              <input type="text" className="mono" value={row.value} placeholder="value" spellCheck={false} aria-label={`Value ${index + 1}`} onChange={(event) => change(index, { value: event.target.value })} />
              <button type="button" className="btn bare" disabled={index >= value.length} aria-label={`Remove ${row.name || "row"}`} onClick={() => onChange(value.filter((_, at) => at !== index))}>✕</button>
            </div>
          ))}
        </div>
      )}
    </Field>
  );
}
