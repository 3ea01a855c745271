import { useState } from "react";
import type { Check } from "../api/types";
import { Field } from "./form";
import { HealthState } from "./state";

// Several checks out of many: ticked, found by a part of their names.
const SHOWN = 30;

export function ChecksField({ name, label, hint, checks, value, onChange }: { name: string; label: string; hint?: string; checks: Check[]; value: string[]; onChange: (ids: string[]) => void }) {
  const [find, setFind] = useState("");
  const wanted = find.trim().toLowerCase();
  const fitting = checks.filter((one) => value.includes(one.id) || `${one.name} ${one.target}`.toLowerCase().includes(wanted));
  const shown = [...fitting].sort((a, b) => Number(value.includes(b.id)) - Number(value.includes(a.id)) || a.name.localeCompare(b.name)).slice(0, Math.max(SHOWN, value.length));
  return (
    <Field name={name} label={label} hint={hint}>
      {(props) => (
        <div className="choose">
          <input {...props} type="search" value={find} placeholder="Find by name or target" onChange={(event) => setFind(event.target.value)} />
          <ul>
            {shown.map((one) => (
              <li key={one.id}><label className="tick"><input type="checkbox" checked={value.includes(one.id)} onChange={(event) => onChange(event.target.checked ? [...value, one.id] : value.filter((id) => id !== one.id))} /><span className="cut">{one.name}</span><HealthState health={one.status} paused={!one.enabled} /></label></li>
            ))}
            {shown.length === 0 && <li className="quiet small">No check is called that.</li>}
            {fitting.length > shown.length && <li className="quiet small">and {fitting.length - shown.length} more</li>}
          </ul>
        </div>
      )}
    </Field>
  );
}
