import { useRef, useState } from "react";
import { api } from "../api/client";
import type { Check } from "../api/types";
import { useChecksById } from "../lib/checks";
import { useResource } from "../lib/resource";
import { useSettled } from "../lib/settled";
import { Field } from "./form";
import { HealthState } from "./state";

// Checks out of many: found by a part of their names or targets, and ticked.
const SHOWN = 30;

interface Choice {
  name: string;
  label: string;
  hint?: string;
  value: string[];
  onChange: (ids: string[]) => void;
  without?: string | null; // that cannot be chosen
}

function Choose({ name, label, hint, value, onChange, without, input, none }: Choice & { input: "checkbox" | "radio"; none?: string }) {
  const [find, setFind] = useState("");
  const q = useSettled(find.trim(), 250);
  const found = useResource(`checks?choose=${q}`, () => api.checks.list({ limit: SHOWN + 1, ...(q ? { q } : {}) }), { freshSeconds: 20 });
  const last = useRef<Check[]>([]);
  if (found.data) last.current = found.data.items;
  const chosen = useChecksById(value);
  const fitting = last.current.filter((one) => !value.includes(one.id) && one.id !== without);
  const shown = [...value.flatMap((id) => chosen.get(id) ?? []), ...fitting.slice(0, SHOWN)];
  const toggle = (id: string, on: boolean) => onChange(input === "radio" ? (id ? [id] : []) : on ? [...value, id] : value.filter((one) => one !== id));
  return (
    <Field name={name} label={label} hint={hint}>
      {(props) => (
        <div className="choose">
          <input {...props} type="search" value={find} placeholder="Find by name or target" onChange={(event) => setFind(event.target.value)} />
          <ul>
            {none && <li><label className="tick"><input type="radio" checked={value.length === 0} onChange={() => toggle("", true)} /><span className="cut">{none}</span></label></li>}
            {shown.map((one) => (
              <li key={one.id}><label className="tick"><input type={input} checked={value.includes(one.id)} onChange={(event) => toggle(one.id, event.target.checked)} /><span className="cut">{one.name}</span><HealthState health={one.status} paused={!one.enabled} /></label></li>
            ))}
            {shown.length === 0 && found.data && (q || !none) && <li className="quiet small">{q ? "No check is called that." : "There are no checks yet."}</li>}
            {last.current.length > SHOWN && <li className="quiet small">There are more: find them by a part of the name.</li>}
          </ul>
        </div>
      )}
    </Field>
  );
}

export const ChecksField = (props: Choice) => <Choose {...props} input="checkbox" />;

// One of them, or what `none` says.
export function CheckField({ value, onChange, ...props }: Omit<Choice, "value" | "onChange"> & { value: string | null; onChange: (id: string | null) => void; none?: string }) {
  return <Choose {...props} input="radio" value={value ? [value] : []} onChange={([id]) => onChange(id ?? null)} />;
}
