import { useState } from "react";
import { api } from "../api/client";
import type { Check, CheckInput, CheckType } from "../api/types";
import { allPages } from "../lib/all_pages";
import { BLANK_CHECK, definitionOf, inheritedInterval, inputOf, targetMistake, targetWords, timeLimit, timeLimitMistake, withKind } from "../lib/check_input";
import { useCheckTypes } from "../lib/check_types";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate, useLocation } from "../lib/router";
import type { Values } from "../lib/schema";
import { Head, Loaded, say, useTitle } from "../parts/basics";
import { SettingsFields } from "../parts/check_settings";
import { TestOutcome, useCheckTest } from "../parts/check_test";
import { type Attempt, Form, NumberField, PairsField, SelectField, TextField, Tick } from "../parts/form";
import { KindPick } from "../parts/kind_pick";
import { LocationsField } from "../parts/locations_field";

interface PartProps {
  input: CheckInput;
  type: CheckType;
  set: (change: Partial<CheckInput>) => void;
}

function TargetField({ input, type, set }: PartProps) {
  const [label, example] = targetWords(type);
  if (type.target === "name") return null;
  return (
    <TextField key={type.name} name="target" label={label} value={input.target} onChange={(target) => set({ target })} required={type.built_in} mono autoFocus placeholder={example}
      mistake={targetMistake(type, input.target)} hint={type.target === "host_port" && type.default_port !== null ? `Without a port: ${type.default_port}.` : undefined} />
  );
}

const useInstances = () => useResource("instances?form", () => allPages(api.instances.list), { freshSeconds: 30 });

function NameFields({ input, type, set }: PartProps) {
  const instances = useInstances();
  const named = type.target === "name";
  return (
    <div className="grid2">
      <TextField name="name" label="Name" value={input.name} onChange={(name) => set({ name })} required={named} placeholder={named ? type.kind === "group" ? "The shop" : "Nightly backup" : input.target || (type.target === "url" ? "Shop, front page" : undefined)} hint={named ? undefined : "Empty: the target."} />
      <SelectField name="instance_id" label="Instance" value={input.instance_id ?? ""} onChange={(id) => set({ instance_id: id || null })}
        options={[["", "None"], ...(instances.data?.items ?? []).map((one) => [one.id, one.name] as [string, string])]} hint="Its state follows its checks." />
    </div>
  );
}

function RhythmFields({ input, type, set }: PartProps) {
  const instances = useInstances();
  if (!type.active) return null;
  const instance = instances.data?.items.find((one) => one.id === input.instance_id);
  const usual = inheritedInterval(type, instance);
  return (
    <div className="grid4">
      <NumberField name="interval_seconds" label="Every, seconds" value={input.interval_seconds ?? Number.NaN} min={1} max={86_400} optional={usual}
        onChange={(seconds) => set({ interval_seconds: Number.isNaN(seconds) ? null : seconds })}
        hint={`Empty: ${usual}, as ${usual === instance?.check_interval_seconds ? instance.name : "its kind"} has it.`} />
      <NumberField name="timeout_seconds" label="Time limit, seconds" value={timeLimit(input, type)} onChange={(timeout_seconds) => set({ timeout_seconds })} min={1} max={300} mistake={timeLimitMistake(input, type)} />
      <NumberField name="failures_before_down" label="Down after failures" value={input.failures_before_down} onChange={(failures_before_down) => set({ failures_before_down })} min={1} max={100} />
      <NumberField name="successes_before_up" label="Up after successes" value={input.successes_before_up} onChange={(successes_before_up) => set({ successes_before_up })} min={1} max={100} />
    </div>
  );
}

function MoreFields({ input, type, set }: PartProps) {
  return (
    <fieldset>
      <legend>More</legend>
      <PairsField name="labels" label="Labels" value={input.labels} onChange={(labels) => set({ labels })} />
      {type.active && (
        <>
          <LocationsField value={input.locations} onChange={(locations) => set({ locations })} />
          <div className="grid2">
            {input.locations.length > 1 && <NumberField name="quorum" label="Quorum" value={input.quorum} onChange={(quorum) => set({ quorum })} min={0} max={20} hint="Locations that must see it down; 0: more than half." />}
            <NumberField name="retry_interval_seconds" label="Retry after, seconds" value={input.retry_interval_seconds} onChange={(retry_interval_seconds) => set({ retry_interval_seconds })} min={0} max={86_400} hint="While a change is not confirmed; 0: as always." />
          </div>
        </>
      )}
      <Tick label="Flap detection" checked={input.flap_detection} onChange={(flap_detection) => set({ flap_detection })} hint="While it goes up and down all the time it is said to flap, and its alerts stay as they are." />
      <Tick label="Enabled" checked={input.enabled} onChange={(enabled) => set({ enabled })} hint="A check that is not enabled keeps its history and is not run." />
    </fieldset>
  );
}

// What a link to the form has chosen already.
function proposed(query: URLSearchParams, types: CheckType[]): CheckInput {
  const kind = types.some(({ name }) => name === query.get("kind")) ? query.get("kind") : null;
  return { ...BLANK_CHECK, instance_id: query.get("instance_id"), target: query.get("target") ?? "", ...(kind ? { kind } : {}) };
}

function Fields({ types, check, query, onReload }: { types: CheckType[]; check?: Check; query: URLSearchParams; onReload?: () => void }) {
  const [input, setInput] = useState<CheckInput>(() => (check ? inputOf(check) : proposed(query, types)));
  const test = useCheckTest();
  const type = types.find((one) => one.name === input.kind) ?? types[0];
  if (!type) return null;
  const set = (change: Partial<CheckInput>) => setInput((before) => ({ ...before, ...change }));
  const setOwn = (change: Values) => setInput((before) => ({ ...before, settings: { ...before.settings, [type.name]: { ...before.settings[type.name], ...change } } }));
  const body = () => definitionOf(input, type);
  const save = async () => {
    const saved = check ? await api.checks.replace(check.id, body(), check.version) : await api.checks.add(body());
    invalidate("checks", `check/${saved.id}`, "overview", "instance");
    say(check ? "Saved." : type.active ? `${saved.name} is added; the first result arrives soon.` : `${saved.name} is added.`);
    navigate(`/checks/${saved.id}`);
  };
  const testNow = (attempt: Attempt) => void attempt(() => test.start(() => api.checks.test(check ? { ...body(), id: check.id } : body()), timeLimit(input, type)));
  const part = { input, type, set };
  return (
    <Form action={check ? "Save" : "Add check"} onSubmit={save} onReload={onReload} onCancel={() => navigate(check ? `/checks/${check.id}` : "/checks")}
      extra={(attempt) => type.active && <button type="button" className="btn" disabled={test.busy} onClick={() => testNow(attempt)}>{test.busy ? "Testing …" : "Test now"}</button>}>
      {!check && <KindPick types={types} value={type} onChange={(next) => setInput((before) => withKind(before, type, next))} />}
      <TargetField {...part} />
      <NameFields {...part} />
      <RhythmFields {...part} />
      <SettingsFields key={type.name} type={type} value={input.settings[type.name] ?? {}} set={setOwn} />
      <MoreFields {...part} />
      <TestOutcome test={test} />
    </Form>
  );
}

export function CheckFormPage({ id }: { id?: string }) {
  useTitle(id ? "Edit check" : "Add check");
  const { query } = useLocation();
  const types = useCheckTypes();
  const check = useResource(id ? `check/${id}/edit` : null, () => api.checks.one(id as string), { freshSeconds: 0 });
  const crumb = <Link href="/checks">Checks</Link>;
  return (
    <Loaded from={types}>
      {(all) => {
        if (!id) return <><Head title="Add check" crumb={crumb} /><Fields types={all} query={query} /></>;
        return (
          <Loaded from={check}>
            {(data) => <><Head title={`Edit ${data.name}`} crumb={crumb} /><Fields key={data.version} types={all} check={data} query={query} onReload={check.reload} /></>}
          </Loaded>
        );
      }}
    </Loaded>
  );
}
