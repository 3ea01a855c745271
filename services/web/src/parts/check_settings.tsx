import { useState } from "react";
import type { CheckType, Labels } from "../api/types";
import { counts, MODES } from "../lib/group";
import { membersOf, onlyOf, type Schema, type Values, valueOf } from "../lib/schema";
import { Field, Fold, NumberField, PairsField, SelectField, TextField, Tick } from "./form";
import { ListField, SchemaFields } from "./schema_fields";

// The settings of a check: what most need by hand for some kinds, all else by the kind's schema.

interface Props {
  schema: Schema;
  of: (name: string) => unknown; // the value or the default
  set: (change: Values) => void;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const listSchema = (schema: Schema, name: string): Schema => schema.properties?.[name] ?? {};

function HttpFields({ schema, of, set }: Props) {
  const tls = of("tls") as Values;
  const method = of("method") as string;
  return (
    <>
      <div className="grid2">
        <SelectField name="settings.http.method" label="Method" value={method} onChange={(next) => set({ method: next })} options={METHODS.map((one) => [one, one])} />
        <ListField name="settings.http.expected_status" label="Expected status" schema={listSchema(schema, "expected_status")} value={of("expected_status") as string[]}
          hint="Codes and ranges, such as 200-299, 304." onChange={(codes) => set({ expected_status: codes })} />
      </div>
      <PairsField name="settings.http.headers" label="Request headers" value={of("headers") as Labels} onChange={(headers) => set({ headers })} names="Header" values="Value" />
      {!["GET", "HEAD"].includes(method) && <Field name="settings.http.body" label="Request body">{(props) => <textarea {...props} value={of("body") as string} onChange={(event) => set({ body: event.target.value })} />}</Field>}
      <div className="grid2">
        <TextField name="settings.http.body_contains" label="Answer must contain" value={of("body_contains") as string} onChange={(text) => set({ body_contains: text })} mono />
        <TextField name="settings.http.body_not_contains" label="Answer must not contain" value={of("body_not_contains") as string} onChange={(text) => set({ body_not_contains: text })} mono />
      </div>
      <SchemaFields schema={onlyOf(schema, ["json"])} path="settings.http" value={{ json: of("json") }} onChange={set} />
      <Tick label="Follow redirects" checked={of("follow_redirects") as boolean} onChange={(follow_redirects) => set({ follow_redirects })} />
      <Tick label="Verify the TLS certificate" checked={(tls["verify"] ?? true) as boolean} onChange={(verify) => set({ tls: { ...tls, verify } })} />
    </>
  );
}

function IcmpFields({ of, set }: Props) {
  return (
    <div className="grid4">
      <NumberField name="settings.icmp.count" label="Packets" value={of("count") as number} onChange={(count) => set({ count })} min={1} max={100} />
      <NumberField name="settings.icmp.size" label="Size, bytes" value={of("size") as number} onChange={(size) => set({ size })} min={16} max={1472} />
      <NumberField name="settings.icmp.interval_ms" label="Pause, ms" value={of("interval_ms") as number} onChange={(interval_ms) => set({ interval_ms })} min={10} max={60_000} />
    </div>
  );
}

function TlsFields({ schema, of, set }: Props) {
  const tls = of("tls") as Values;
  return (
    <div className="grid2">
      <ListField name="settings.tls.warning_days" label="Warn so many days before it expires" schema={listSchema(schema, "warning_days")} value={of("warning_days") as number[]}
        hint="Empty: no warnings." onChange={(days) => set({ warning_days: days })} />
      <TextField name="settings.tls.tls.server_name" label="Server name" value={(tls["server_name"] ?? "") as string} onChange={(server_name) => set({ tls: { ...tls, server_name } })} mono hint="Empty: the host of the target." />
    </div>
  );
}

function ScriptFields({ of, set }: Props) {
  const [lines, setLines] = useState((of("arguments") as string[]).join("\n"));
  return (
    <>
      <TextField name="settings.script.command" label="File" value={of("command") as string} onChange={(command) => set({ command })} mono required placeholder="check_load"
        hint="Its name in the checker's folder of scripts. It speaks as plugins of Nagios do: exit status 0 is up, 1 a warning, 2 down." />
      <Field name="settings.script.arguments" label="Arguments, one on each line" hint="No shell reads them. What the check is about is in MONITRON_ADDRESS.">
        {(props) => <textarea {...props} className="mono" value={lines} spellCheck={false} placeholder={"-w\n5,4,3"}
          onChange={(event) => { setLines(event.target.value); set({ arguments: event.target.value.split("\n").filter((line) => line !== "") }); }} />}
      </Field>
    </>
  );
}

function GroupFields({ schema, of, set }: Props) {
  const mode = of("mode") as string;
  const weighted = mode === "weighted";
  return (
    <>
      <div className="grid2">
        <SelectField name="settings.group.mode" label="Up while" value={mode} onChange={(next) => set({ mode: next })} options={MODES} />
        {counts(mode) && <NumberField name="settings.group.at_least" label={weighted ? "At least this weight" : "At least so many"} value={of("at_least") as number} onChange={(at_least) => set({ at_least })} min={1} max={1_000_000} />}
      </div>
      <SchemaFields schema={onlyOf(schema, ["members"])} path="settings.group" value={{ members: of("members") }} skip={weighted ? [] : ["members.weight"]} onChange={set} />
    </>
  );
}

const BY_HAND: Record<string, { legend: string; Common: (props: Props) => React.ReactNode; members: string[] }> = {
  http: { legend: "Request and answer", Common: HttpFields, members: ["method", "expected_status", "headers", "body", "body_contains", "body_not_contains", "json", "follow_redirects", "tls.verify"] },
  icmp: { legend: "Packets", Common: IcmpFields, members: ["count", "size", "interval_ms"] },
  tls: { legend: "Certificate", Common: TlsFields, members: ["warning_days", "tls.server_name"] },
  group: { legend: "Group", Common: GroupFields, members: ["mode", "at_least", "members"] },
  script: { legend: "Script", Common: ScriptFields, members: ["command", "arguments"] },
};

export function SettingsFields({ type, value, set }: { type: CheckType; value: Values; set: (change: Values) => void }) {
  const schema = type.settings_schema;
  const path = `settings.${type.name}`;
  const byHand = type.built_in ? BY_HAND[type.name] : undefined;
  if (!byHand) {
    if (membersOf(schema).length === 0) return null;
    return <fieldset><legend>Settings</legend><SchemaFields schema={schema} path={path} value={value} onChange={set} /></fieldset>;
  }
  const { legend, Common, members } = byHand;
  const of = (name: string) => valueOf(schema.properties?.[name] ?? {}, value[name]);
  return (
    <fieldset>
      <legend>{legend}</legend>
      <Common schema={schema} of={of} set={set} />
      {membersOf(schema, members).length > 0 && <Fold title="More settings"><SchemaFields schema={schema} path={path} value={value} onChange={set} skip={members} /></Fold>}
    </fieldset>
  );
}
