import { useState } from "react";
import { api } from "../api/client";
import type { Dependency, DependencyInput } from "../api/alerting_types";
import { useChecksById } from "../lib/checks";
import { blankDependency, dependencyInput, oneOf } from "../lib/dependency";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate, useLocation } from "../lib/router";
import { Head, Loaded, say, useTitle } from "../parts/basics";
import { CheckField, ChecksField } from "../parts/check_choice";
import { checksIn } from "../parts/dependencies";
import { Fitting } from "../parts/fitting";
import { Form, PairsField, Pick, TextField } from "../parts/form";

function Fields({ dependency, onReload }: { dependency?: Dependency; onReload?: () => void }) {
  const { query } = useLocation();
  const [input, setInput] = useState<DependencyInput>(() => dependency ?? blankDependency(query.get("child")));
  const [byLabels, setByLabels] = useState(dependency ? !dependency.child_check_id : !query.get("child"));
  const known = useChecksById(checksIn([input]));
  const nameOf = (id: string) => known.get(id)?.name ?? "";
  const set = (change: Partial<DependencyInput>) => setInput((before) => ({ ...before, ...change }));
  const child = byLabels ? null : input.child_check_id || null;
  const proposed = input.parents.length > 0 && (byLabels || child) ? `${child ? nameOf(child) : "Some alerts"} behind ${oneOf(input.parents.map(nameOf))}` : "";
  const save = async () => {
    const body = dependencyInput({ ...input, name: input.name.trim() || proposed.slice(0, 200), child_check_id: child });
    if (dependency) await api.dependencies.replace(dependency.id, body, dependency.version);
    else await api.dependencies.add(body);
    invalidate("dependencies", "alerts");
    say(dependency ? "Saved." : "The dependency is added.");
    navigate("/alerts/dependencies");
  };
  return (
    <Form action={dependency ? "Save" : "Add dependency"} onSubmit={save} onReload={onReload} onCancel={() => navigate("/alerts/dependencies")}>
      <TextField name="name" label="Name" value={input.name} onChange={(name) => set({ name })} required={!proposed} placeholder={proposed || "Behind the switch in rack 4"} hint={proposed && "Empty: as proposed."} />
      <fieldset>
        <legend>What depends</legend>
        <Pick<"check" | "labels"> legend="What depends" name="child" value={byLabels ? "labels" : "check"} onChange={(kind) => setByLabels(kind === "labels")}
          options={[["check", "One check", "And alerts of what it measures"], ["labels", "Alerts with labels", "All of a rack, a site, an instance"]]} />
        {byLabels ? <><PairsField name="children" label="Alerts with these labels" value={input.children} onChange={(children) => set({ children })} hint="All of them." /><Fitting selector={input.children} /></>
          : <CheckField name="child_check_id" label="Check" value={child} onChange={(child_check_id) => set({ child_check_id })} />}
      </fieldset>
      <fieldset>
        <legend>On what</legend>
        <ChecksField name="parents" label="Checks, one of which must be up" hint="Several stand for each other: one that is up is enough. What needs all of them has one dependency on each."
          without={child} value={input.parents} onChange={(parents) => set({ parents })} />
      </fieldset>
    </Form>
  );
}

export function DependencyFormPage({ id }: { id?: string }) {
  useTitle(id ? "Edit dependency" : "Add dependency");
  const dependency = useResource(id ? `dependency/${id}/edit` : null, () => api.dependencies.one(id as string), { freshSeconds: 0 });
  const crumb = <Link href="/alerts/dependencies">Dependencies</Link>;
  if (!id) return <><Head title="Add dependency" crumb={crumb} sub="While all that something depends on is down, nobody is paged for it; it is measured and shown." /><Fields /></>;
  return <Loaded from={dependency}>{(data) => <><Head title={`Edit ${data.name}`} crumb={crumb} /><Fields key={data.version} dependency={data} onReload={dependency.reload} /></>}</Loaded>;
}
