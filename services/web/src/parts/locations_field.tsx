import { useState } from "react";
import { choicesOf, locationWarning, useLocations } from "../lib/locations";
import { Field, listOf } from "./form";

// Where a check is run from: the places that are known, and others by their names.
export function LocationsField({ value, onChange }: { value: string[]; onChange: (locations: string[]) => void }) {
  const seen = useLocations();
  const [begun] = useState(value);
  const known = choicesOf(seen ?? [], begun);
  const [text, setText] = useState("");
  const set = (ticked: string[], others: string) => onChange([...new Set([...ticked, ...listOf(others)])]);
  const ticked = known.filter((one) => value.includes(one));
  const toggle = (one: string) => set(ticked.includes(one) ? ticked.filter((other) => other !== one) : [...ticked, one], text);
  const warning = locationWarning(seen, value);
  return (
    <Field name="locations" label="Locations" hint="Checkers of these run it." mistake={value.length === 0 ? "Choose one at least" : ""}>
      {(props) => (
        <div className="choices">
          {known.map((one) => (
            <label key={one} className="tick"><input type="checkbox" checked={ticked.includes(one)} onChange={() => toggle(one)} /><span className="mono">{one}</span></label>
          ))}
          <input {...props} type="text" className="mono" value={text} placeholder="another" spellCheck={false}
            onChange={(event) => { setText(event.target.value); set(ticked, event.target.value); }} />
          {warning && <p className="caution" role="status">{warning}</p>}
        </div>
      )}
    </Field>
  );
}
