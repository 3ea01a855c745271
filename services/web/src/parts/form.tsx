import type { ReactNode } from "react";
import { createContext, useContext, useEffect, useId, useMemo, useRef, useState } from "react";
import { asProblem, type Problem } from "../api/problem";
import type { Labels } from "../api/types";
import { fieldWords } from "../lib/field_words";
import { plural } from "../lib/format";
import { guardLeaving } from "../lib/router";
import { MASK } from "../lib/schema";

// Fields that show what the server said about them, and a form that sends, waits and reports.

interface FormState {
  problem: Problem | null;
  labels: Map<string, string>; // of the fields on screen, by their names
  forget: (name: string) => void;
}

const FormContext = createContext<FormState>({ problem: null, labels: new Map(), forget: () => undefined });

// What the server said about exactly this member, for what is no single field.
export function useMistake(name: string, label: string): { message?: string; forget: () => void } {
  const { problem, labels, forget } = useContext(FormContext);
  useLabel(labels, name, label);
  return { message: problem?.fields.find((entry) => entry.field === name)?.message, forget: () => forget(name) };
}

function useLabel(labels: Map<string, string>, name: string, label: string): void {
  useEffect(() => {
    labels.set(name, label);
    return () => void labels.delete(name);
  }, [labels, name, label]);
}

interface FieldProps {
  name: string; // the member of the request, for errors of the server
  label: string;
  hint?: ReactNode;
  mistake?: string; // seen before the server is asked
  required?: boolean;
  children: (props: { id: string; "aria-invalid"?: boolean; "aria-describedby"?: string }) => ReactNode;
}

export function Field({ name, label, hint, mistake = "", required, children }: FieldProps) {
  const id = useId();
  const { problem, labels, forget } = useContext(FormContext);
  const box = useRef<HTMLDivElement>(null);
  useLabel(labels, name, label);
  useEffect(() => {
    box.current?.querySelector<HTMLInputElement>("input, textarea, select")?.setCustomValidity(mistake);
  }, [mistake]);
  const message = mistake || problem?.messageFor(name);
  return (
    <div className="field" ref={box} onChange={() => forget(name)}>
      <label className={required ? "name must" : "name"} htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": message ? true : undefined, "aria-describedby": hint || message ? `${id}-more` : undefined })}
      <span id={`${id}-more`}>
        {message && <span className="wrong"><span aria-hidden="true">✕</span>{message}</span>}
        {hint && <span className="hint">{hint}</span>}
      </span>
    </div>
  );
}

// What is rarely needed; it opens by itself when something in it is wrong.
export function Fold({ title, hint, children }: { title: string; hint?: ReactNode; children: ReactNode }) {
  const { problem } = useContext(FormContext);
  const ref = useRef<HTMLDetailsElement>(null);
  const show = () => {
    if (ref.current) ref.current.open = true;
  };
  useEffect(() => {
    if (problem && ref.current?.querySelector("[aria-invalid=true], .wrong")) show();
  }, [problem]);
  return (
    <details ref={ref} className="fold" onInvalidCapture={show}>
      <summary>{title}{hint && <span className="quiet small"> {hint}</span>}</summary>
      <div className="inner">{children}</div>
    </details>
  );
}

interface TextProps {
  name: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  mistake?: string;
  type?: string;
  required?: boolean;
  placeholder?: string;
  mono?: boolean;
  autoFocus?: boolean;
  autoComplete?: string;
  minLength?: number;
  pattern?: string;
}

export function TextField({ name, label, value, onChange, hint, mistake, type = "text", mono, ...rest }: TextProps) {
  return (
    <Field name={name} label={label} hint={hint} mistake={mistake} required={rest.required}>
      {(props) => (
        <input {...props} {...rest} type={type} className={mono ? "mono" : undefined} value={value} spellCheck={false}
          onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}

// `optional`: what holds when it is empty; NaN: nothing.
export function NumberField({ name, label, value, onChange, hint, mistake, min, max, step, optional }: {
  name: string; label: string; value: number; onChange: (value: number) => void; hint?: ReactNode; mistake?: string;
  min?: number; max?: number; step?: number | "any"; optional?: number;
}) {
  return (
    <Field name={name} label={label} hint={hint} mistake={mistake}>
      {(props) => (
        <input {...props} type="number" required={optional === undefined} placeholder={Number.isNaN(optional) ? undefined : optional?.toString()} min={min} max={max} step={step ?? 1} inputMode="decimal"
          value={Number.isNaN(value) ? "" : value} onChange={(event) => onChange(event.target.valueAsNumber)} />
      )}
    </Field>
  );
}

// What nobody can read back: the server shows a mask, which keeps the secret when it is sent back.
export function SecretField({ name, label, value, onChange, hint, lines }: {
  name: string; label: string; value: string; onChange: (value: string) => void; hint?: ReactNode; lines?: boolean;
}) {
  const [stored] = useState(value === MASK);
  const kept = value === MASK;
  const shared = {
    className: "mono", spellCheck: false, autoComplete: "new-password", value: kept ? "" : value,
    placeholder: kept ? "unchanged" : stored ? "will be removed" : undefined,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value || (stored ? MASK : "")),
  };
  return (
    <Field name={name} label={label} hint={hint}>
      {(props) => (
        <div className="with-button">
          {lines ? <textarea {...props} {...shared} rows={2} /> : <input {...props} {...shared} type="password" />}
          {stored && <button type="button" className="btn bare" onClick={() => onChange(kept ? "" : MASK)}>{kept ? "Remove" : "Keep"}</button>}
        </div>
      )}
    </Field>
  );
}

export function SelectField({ name, label, value, onChange, options, hint }: {
  name: string; label: string; value: string; onChange: (value: string) => void; options: [string, string][]; hint?: ReactNode;
}) {
  return (
    <Field name={name} label={label} hint={hint}>
      {(props) => (
        <select {...props} value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map(([key, words]) => <option key={key} value={key}>{words}</option>)}
        </select>
      )}
    </Field>
  );
}

export function Tick({ label, checked, onChange, hint }: { label: string; checked: boolean; onChange: (value: boolean) => void; hint?: ReactNode }) {
  return (
    <label className="tick">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}{hint && <span className="hint">{hint}</span>}</span>
    </label>
  );
}

export function Pick<T extends string>({ legend, name, value, onChange, options }: {
  legend: string; name: string; value: T; onChange: (value: T) => void; options: [T, string, string][];
}) {
  return (
    <div className="pick" role="radiogroup" aria-label={legend}>
      {options.map(([key, words, more]) => (
        <label key={key}>
          <input type="radio" name={name} checked={key === value} onChange={() => onChange(key)} />
          <b>{words}</b><span>{more}</span>
        </label>
      ))}
    </div>
  );
}

// Name=value pairs; an empty row at the end is always there to be filled.
export function PairsField({ name, label, value, onChange, hint, names = "name", values = "value", secret }: {
  name: string; label: string; value: Labels; onChange: (value: Labels) => void; hint?: ReactNode; names?: string; values?: string; secret?: boolean;
}) {
  const [rows, setRows] = useState<[string, string][]>(() => Object.entries(value));
  const shown: [string, string][] = [...rows, ["", ""]];
  const set = (next: [string, string][]) => {
    const kept = next.filter(([left, right]) => left || right);
    setRows(kept);
    onChange(Object.fromEntries(kept.filter(([left]) => left).map(([left, right]) => [left.trim(), right])));
  };
  const change = (index: number, part: 0 | 1, text: string) =>
    set(shown.map((row, at) => (at !== index ? row : part === 0 ? [text, row[1]] : [row[0], text])));
  return (
    <Field name={name} label={label} hint={hint}>
      {(props) => (
        <div className="pairs">
          {shown.map(([left, right], index) => (
            <div key={index}>
              <input {...(index === 0 ? props : {})} type="text" className="mono" value={left} placeholder={names} spellCheck={false}
                aria-label={`${label}: ${names} ${index + 1}`} onChange={(event) => change(index, 0, event.target.value)} />
              <input type={secret ? "password" : "text"} className="mono" value={secret && right === MASK ? "" : right}
                placeholder={secret && right === MASK ? "unchanged" : values} spellCheck={false} autoComplete={secret ? "new-password" : undefined}
                aria-label={`${label}: ${values} ${index + 1}`} onChange={(event) => change(index, 1, event.target.value)} />
              <button type="button" className="btn bare" disabled={index >= rows.length} aria-label={`Remove ${left || "row"}`}
                onClick={() => set(rows.filter((_, at) => at !== index))}>✕</button>
            </div>
          ))}
        </div>
      )}
    </Field>
  );
}

// Names that may have spaces in them.
export function namesIn(text: string): string[] {
  return [...new Set(text.split(",").map((name) => name.trim()).filter(Boolean))];
}

export function listOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

function Notice({ problem, labels, onReload }: { problem: Problem; labels: ReadonlyMap<string, string>; onReload?: () => void }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    ref.current?.scrollIntoView({ block: "nearest" });
  }, [problem]);
  const many = problem.fields.length;
  return (
    <div className="note bad" role="alert" ref={ref}>
      <strong>{many > 0 ? `${plural(many, "field needs", "fields need")} another look:` : problem.message}</strong>
      {problem.fields.map((entry) => <div key={entry.field + entry.message} className="small"><b>{fieldWords(entry.field, labels)}</b> {entry.message}</div>)}
      {problem.status === 412 && onReload && (
        <div className="actions"><button type="button" className="btn tiny" onClick={onReload}>Load what is stored now</button><span className="small">What you changed here is given up.</span></div>
      )}
    </div>
  );
}

// Does something with what is filled in, unless that is wrong, and shows what the server says about it.
export type Attempt = (work: () => Promise<void>) => Promise<void>;

interface FormProps {
  action: string;
  onSubmit: () => Promise<void>;
  onCancel?: () => void;
  onReload?: () => void; // reads again what is edited, after somebody else changed it
  extra?: (attempt: Attempt) => ReactNode;
  children: ReactNode;
  guard?: boolean;
}

export function Form({ action, onSubmit, onCancel, onReload, extra, children, guard = true }: FormProps) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const changed = useRef(false);
  const form = useRef<HTMLFormElement>(null);
  const [labels] = useState(() => new Map<string, string>());
  const shared = useMemo<FormState>(() => ({ problem, labels, forget: (name) => setProblem((before) => before?.without(name) ?? null) }), [problem, labels]);

  useEffect(() => {
    if (!guard) return;
    guardLeaving(() => !changed.current || window.confirm("Leave without saving?"));
    return () => guardLeaving(null);
  }, [guard]);
  // The first field the server complained about gets the focus; not again while others are mended.
  const complaint = useRef<Problem | null>(null);
  useEffect(() => {
    if (problem && problem === complaint.current) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problem]);

  const attempt: Attempt = async (work) => {
    setProblem(null);
    if (!form.current?.reportValidity()) return;
    try {
      await work();
    } catch (error) {
      complaint.current = asProblem(error);
      setProblem(complaint.current);
    }
  };
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const before = changed.current;
    await attempt(async () => {
      changed.current = false;
      await onSubmit().catch((error: unknown) => {
        changed.current = before;
        throw error;
      });
    });
    setBusy(false);
  };
  // What was said of the whole may no longer hold; that somebody else has saved still does.
  const onChange = () => {
    changed.current = true;
    setProblem((before) => (before && before.fields.length === 0 && before.status !== 412 ? null : before));
  };
  return (
    <FormContext.Provider value={shared}>
      <form ref={form} className="form" onSubmit={(event) => void submit(event)} onChange={onChange}>
        {children}
        {problem && <Notice problem={problem} labels={labels} onReload={onReload && (() => { changed.current = false; setProblem(null); onReload(); })} />}
        <div className="actions">
          <button className="btn main" disabled={busy}>{busy ? "Working …" : action}</button>
          {extra?.(attempt)}
          {onCancel && <button type="button" className="btn" onClick={() => { changed.current = false; onCancel(); }}>Cancel</button>}
        </div>
      </form>
    </FormContext.Provider>
  );
}
