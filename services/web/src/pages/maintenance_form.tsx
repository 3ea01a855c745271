import { useState } from "react";
import { api } from "../api/client";
import type { MaintenanceInput, MaintenanceWindow } from "../api/alerting_types";
import { blankWindow, formOf, inputOf, type WindowForm } from "../lib/maintenance_input";
import { invalidate, useResource } from "../lib/resource";
import { mistakeOf } from "../lib/recurrence";
import { Link, navigate, useLocation } from "../lib/router";
import { Head, Loaded, say, useTitle } from "../parts/basics";
import { Fitting } from "../parts/fitting";
import { Field, Form, NumberField, PairsField, Pick, TextField, Tick } from "../parts/form";
import { NextTimes } from "../parts/next_times";
import { RecurrenceFields } from "../parts/recurrence_fields";
import { ZoneOptions } from "./reports";

type Set = (change: Partial<WindowForm>) => void;

function Once({ form, set }: { form: WindowForm; set: Set }) {
  return (
    <div className="grid2">
      <Field name="starts_at" label="From">{(props) => <input {...props} type="datetime-local" required value={form.starts} onChange={(event) => set({ starts: event.target.value })} />}</Field>
      <Field name="ends_at" label="To" mistake={form.ends <= form.starts ? "It ends before it begins" : ""}>{(props) => <input {...props} type="datetime-local" required value={form.ends} onChange={(event) => set({ ends: event.target.value })} />}</Field>
    </div>
  );
}

function Again({ form, set }: { form: WindowForm; set: Set }) {
  return (
    <>
      <RecurrenceFields choice={form.choice} onChange={(choice) => set({ choice })} />
      <div className="grid2">
        <Field name="recurrence.start" label="From, first on or after">{(props) => <input {...props} type="datetime-local" required value={form.first} onChange={(event) => set({ first: event.target.value })} />}</Field>
        <NumberField name="recurrence.duration_seconds" label="For, hours" value={form.hours} onChange={(hours) => set({ hours })} min={1 / 60} max={744} step="any" />
        <ZoneOptions name="recurrence.time_zone" value={form.zone} onChange={(zone) => set({ zone })} />
      </div>
    </>
  );
}

function Fields({ window, onReload }: { window?: MaintenanceWindow; onReload?: () => void }) {
  const { query } = useLocation();
  const [form, setForm] = useState<WindowForm>(() => (window ? formOf(window) : blankWindow(query)));
  const set: Set = (change) => setForm((before) => ({ ...before, ...change }));
  const save = async () => {
    const body: MaintenanceInput = inputOf(form);
    if (window) await api.maintenance.replace(window.id, body, window.version);
    else await api.maintenance.add(body);
    invalidate("maintenance", "alerts");
    say(window ? "Saved." : `${body.name} is planned.`);
    navigate("/alerts/maintenance");
  };
  return (
    <Form action={window ? "Save" : "Plan maintenance"} onSubmit={save} onReload={onReload} onCancel={() => navigate("/alerts/maintenance")}>
      <TextField name="name" label="Name" value={form.name} onChange={(name) => set({ name })} required autoFocus placeholder="Patch night" />
      <TextField name="description" label="Description" value={form.description} onChange={(description) => set({ description })} placeholder="What is done, and by whom" />
      <fieldset>
        <legend>About</legend>
        <Pick<"some" | "all"> legend="About" name="about" value={form.everything ? "all" : "some"} onChange={(about) => set({ everything: about === "all" })}
          options={[["some", "Some alerts", "Those with certain labels"], ["all", "Everything", "No alert is told"]]} />
        {!form.everything && <PairsField name="selector" label="Alerts with these labels" value={form.selector} onChange={(selector) => set({ selector })}
          hint={<>All of them. Alerts have the labels of their check, instance or series, and <code>check</code>, <code>check_id</code>, <code>instance</code>, <code>location</code>, <code>alertname</code>.</>} />}
        {!form.everything && <Fitting selector={form.selector} />}
      </fieldset>
      <fieldset>
        <legend>When</legend>
        <Pick<"once" | "again"> legend="When" name="when" value={form.again ? "again" : "once"} onChange={(when) => set({ again: when === "again" })}
          options={[["once", "Once", "From one time to another"], ["again", "Again and again", "Each week, each month, by a rule"]]} />
        {form.again ? <Again form={form} set={set} /> : <Once form={form} set={set} />}
        {form.again && mistakeOf(form.choice) === "" && <NextTimes times={{ recurrence: inputOf(form).recurrence }} />}
      </fieldset>
      <fieldset>
        <legend>Reports</legend>
        <Tick label="Count this time in availability" checked={form.counts} onChange={(counts) => set({ counts })} hint="Otherwise it is no part of it: neither up nor down." />
      </fieldset>
    </Form>
  );
}

export function MaintenanceFormPage({ id }: { id?: string }) {
  useTitle(id ? "Edit maintenance" : "Plan maintenance");
  const window = useResource(id ? `maintenance/${id}/edit` : null, () => api.maintenance.one(id as string), { freshSeconds: 0 });
  const crumb = <Link href="/alerts/maintenance">Maintenance</Link>;
  const sub = "Everything goes on being measured and shown. Nobody is paged for what begins in a window.";
  if (!id) return <><Head title="Plan maintenance" crumb={crumb} sub={sub} /><Fields /></>;
  return <Loaded from={window}>{(data) => <><Head title={`Edit ${data.name}`} crumb={crumb} /><Fields key={data.version} window={data} onReload={window.reload} /></>}</Loaded>;
}
