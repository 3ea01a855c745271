import { useState } from "react";
import type { Labels } from "../api/types";
import { kindName } from "../lib/check_types";
import { useEveryCheck } from "../lib/group";
import { entriesOf, hintOf, inOneLine, isWide, membersOf, type Schema, shapeOf, type Values, valueOf, wordsOf } from "../lib/schema";
import { Field, Fold, PairsField, SecretField, SelectField, TextField, Tick, useMistake } from "./form";

// A form for whatever a schema of settings describes.

interface FieldsProps {
  schema: Schema;
  path: string; // of the values in the request, for mistakes that the server tells
  value: Values;
  onChange: (change: Values) => void;
  skip?: string[]; // members that are elsewhere, "tls.verify" within a group
  hints?: boolean;
}

export function SchemaFields({ schema, path, value, onChange, skip, hints = true }: FieldsProps) {
  return (
    <div className="fields">
      {membersOf(schema, skip).map(([name, member]) => (
        <Member key={name} name={name} schema={member} path={`${path}.${name}`} value={valueOf(member, value[name])} hints={hints}
          skip={skip?.filter((one) => one.startsWith(`${name}.`)).map((one) => one.slice(name.length + 1))}
          required={schema.required?.includes(name)} onChange={(next) => onChange({ [name]: next })} />
      ))}
    </div>
  );
}

interface MemberProps {
  name: string;
  schema: Schema;
  path: string;
  value: unknown;
  hints: boolean;
  skip?: string[];
  required?: boolean;
  onChange: (value: unknown) => void;
}

function Member(props: MemberProps) {
  const { schema, hints } = props;
  const hint = hints ? hintOf(wordsOf(props.name), schema.description) : undefined;
  if (shapeOf(schema) === "boolean") {
    return <Tick label={wordsOf(props.name)} checked={props.value === true} onChange={props.onChange} hint={hint} />;
  }
  return <div className={isWide(schema) ? "wide" : undefined}><Shaped {...props} hint={hint} /></div>;
}

function Shaped({ name, schema, path, value, required, skip, onChange, hint }: MemberProps & { hint?: string }) {
  const label = wordsOf(name);
  const shared = { name: path, label, hint };
  switch (shapeOf(schema)) {
    case "group":
      return (
        <Fold title={label} hint={hint}>
          <SchemaFields schema={schema} path={path} value={value as Values} skip={skip} onChange={(change) => onChange({ ...(value as Values), ...change })} />
        </Fold>
      );
    case "rows": return <Rows schema={schema} path={path} label={label} hint={hint} skip={skip} value={value as Values[]} onChange={onChange} />;
    case "pairs": {
      const inner = schema.additionalProperties;
      return <PairsField {...shared} value={value as Labels} onChange={onChange} secret={typeof inner === "object" && inner.writeOnly} />;
    }
    case "list": return <ListField {...shared} schema={schema} value={value as (string | number)[]} onChange={onChange} />;
    case "secret": return <SecretField {...shared} value={value as string} onChange={onChange} lines={schema["x-multiline"]} />;
    case "number": return <NumberOrNone {...shared} schema={schema} value={value as number | undefined} required={required} onChange={onChange} />;
    case "choice": {
      const all = schema.enum ?? [];
      const options = all.map((one): [string, string] => [String(one), String(one)]);
      const blank: [string, string][] = all.includes(value as string) ? [] : [["", "–"]];
      return <SelectField {...shared} value={String(value ?? "")} onChange={(next) => onChange(all.find((one) => String(one) === next))} options={[...blank, ...options]} />;
    }
    case "lines":
      return <Field {...shared}>{(props) => <textarea {...props} rows={2} value={value as string} spellCheck={false} maxLength={schema.maxLength} onChange={(event) => onChange(event.target.value)} />}</Field>;
    default:
      if (name === "check_id") return <CheckPick {...shared} value={value as string} onChange={onChange} />;
      return <TextField {...shared} value={value as string} onChange={onChange} required={required} mono />;
  }
}

interface ShapeProps<T> {
  name: string;
  label: string;
  hint?: string;
  value: T;
  onChange: (value: unknown) => void;
}

// Empty: the default.
function NumberOrNone({ name, label, hint, value, schema, required, onChange }: ShapeProps<number | undefined> & { schema: Schema; required?: boolean }) {
  const [text, setText] = useState(value === undefined ? "" : String(value));
  return (
    <Field name={name} label={label} hint={hint} required={required}>
      {(props) => (
        <input {...props} type="number" required={required} min={schema.minimum} max={schema.maximum} step={schema.type === "number" ? "any" : 1} value={text}
          placeholder={schema.default === undefined ? undefined : String(schema.default)}
          onChange={(event) => { setText(event.target.value); onChange(event.target.value === "" ? undefined : event.target.valueAsNumber); }} />
      )}
    </Field>
  );
}

export function ListField({ name, label, hint, value, schema, onChange }: ShapeProps<(string | number)[]> & { schema: Schema }) {
  const line = inOneLine(schema);
  const [text, setText] = useState(value.join(line ? ", " : "\n"));
  const change = (next: string) => {
    setText(next);
    onChange(entriesOf(schema, next).entries);
  };
  const shared = { value: text, className: "mono", spellCheck: false };
  return (
    <Field name={name} label={label} mistake={entriesOf(schema, text).mistake} hint={line ? hint : [hint, "One on each line."].filter(Boolean).join(". ")}>
      {(props) => (line
        ? <input {...props} {...shared} type="text" onChange={(event) => change(event.target.value)} />
        : <textarea {...props} {...shared} rows={2} onChange={(event) => change(event.target.value)} />)}
    </Field>
  );
}

function CheckPick({ value, ...shared }: ShapeProps<string>) {
  const checks = useEveryCheck();
  const all = checks.data ?? [];
  const twice = (name: string) => all.filter((one) => one.name === name).length > 1;
  const known = all.map((one): [string, string] => [one.id, twice(one.name) ? `${one.name} · ${kindName(one.kind)} ${one.target}`.trim() : one.name]);
  const absent = value === "" ? "Choose a check" : checks.data ? "A check that is deleted" : "…";
  const rest: [string, string][] = known.some(([id]) => id === value) ? [] : [[value, absent]];
  return <SelectField {...shared} value={value} options={[...rest, ...known]} />;
}

let lastRow = 0;
const rowKey = () => (lastRow += 1);

function Rows({ schema, path, label, hint, skip, value, onChange }: {
  schema: Schema; path: string; label: string; hint?: string; skip?: string[]; value: Values[]; onChange: (value: unknown) => void;
}) {
  const [keys, setKeys] = useState(() => value.map(rowKey));
  const { message, forget } = useMistake(path, label);
  const remove = (index: number) => {
    forget();
    setKeys(keys.filter((_, at) => at !== index));
    onChange(value.filter((_, at) => at !== index));
  };
  const add = () => {
    forget();
    setKeys([...keys, rowKey()]);
    onChange([...value, {}]);
  };
  return (
    <div className="rows" role="group" aria-label={label}>
      <span className="name">{label}</span>{hint && <span className="hint">{hint}</span>}
      {value.map((row, index) => (
        <div className="row" key={keys[index]}>
          <SchemaFields schema={schema.items ?? {}} path={`${path}[${index}]`} value={row} skip={skip} hints={index === 0}
            onChange={(change) => onChange(value.map((one, at) => (at === index ? { ...one, ...change } : one)))} />
          <button type="button" className="btn bare" aria-label={`Remove row ${index + 1} of ${label}`} onClick={() => remove(index)}>✕</button>
        </div>
      ))}
      <button type="button" className="btn tiny" onClick={add}>Add</button>
      {message && <p className="field"><span className="wrong"><span aria-hidden="true">✕</span>{message}</span></p>}
    </div>
  );
}
