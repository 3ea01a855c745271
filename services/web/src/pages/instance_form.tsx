import { useState } from "react";
import { api } from "../api/client";
import type { Instance, InstanceInput, InstanceKind } from "../api/types";
import { invalidate, useResource } from "../lib/resource";
import { Link, navigate } from "../lib/router";
import { Head, Loaded, say, useTitle } from "../parts/basics";
import { Form, namesIn, NumberField, PairsField, SelectField, TextField } from "../parts/form";

export const INSTANCE_KINDS: [InstanceKind, string][] = [
  ["server", "Server"], ["vm", "Virtual machine"], ["container", "Container"], ["service", "Service"], ["other", "Other"],
];

const BLANK: InstanceInput = { name: "", hostname: "", kind: "server", labels: {}, groups: [], ip_address: "", os: "", description: "", check_interval_seconds: null, agent_port: null, credentials: {} };

function inputOf(instance: Instance): InstanceInput {
  return {
    name: instance.name, hostname: instance.hostname, kind: instance.kind, labels: instance.labels ?? {}, groups: instance.groups ?? [],
    ip_address: instance.ip_address ?? "", os: instance.os ?? "", description: instance.description ?? "",
    check_interval_seconds: instance.check_interval_seconds ?? null, agent_port: instance.agent_port ?? null, credentials: instance.credentials ?? {},
  };
}

function Fields({ instance, onReload }: { instance?: Instance; onReload?: () => void }) {
  const [input, setInput] = useState(instance ? inputOf(instance) : BLANK);
  const [groups, setGroups] = useState(input.groups.join(", "));
  const set = (change: Partial<InstanceInput>) => setInput((before) => ({ ...before, ...change }));
  const back = instance ? `/instances/${instance.id}` : "/instances";
  const save = async () => {
    const body = { ...input, name: input.name || input.hostname, groups: namesIn(groups) };
    if (!body.ip_address) body.ip_address = null;
    const saved = instance ? await api.instances.replace(instance.id, { ...body, agent_version: instance.agent_version ?? "" }, instance.version) : await api.instances.add(body);
    invalidate("instances", `instance/${saved.id}`, "groups", "overview");
    say(instance ? "Saved." : `${saved.name} is added.`);
    navigate(`/instances/${saved.id}`);
  };
  return (
    <Form action={instance ? "Save" : "Add instance"} onSubmit={save} onReload={onReload} onCancel={() => navigate(back)}>
      <div className="grid2">
        <TextField name="hostname" label="Host name" value={input.hostname} onChange={(hostname) => set({ hostname })} required mono autoFocus placeholder="db1.example.org" hint="What the machine calls itself; agents report under it." />
        <TextField name="name" label="Display name" value={input.name} onChange={(name) => set({ name })} placeholder={input.hostname || "Database 1"} hint="Empty: the host name." />
      </div>
      <div className="grid2">
        <SelectField name="kind" label="Kind" value={input.kind} onChange={(kind) => set({ kind: kind as InstanceKind })} options={INSTANCE_KINDS} />
        <TextField name="ip_address" label="IP address" value={input.ip_address ?? ""} onChange={(ip_address) => set({ ip_address })} mono placeholder="192.0.2.10" />
        <TextField name="os" label="Operating system" value={input.os ?? ""} onChange={(os) => set({ os })} placeholder="Debian 12" />
        <NumberField name="check_interval_seconds" label="Checks every, seconds" value={input.check_interval_seconds ?? Number.NaN} min={1} max={86_400} optional={60}
          onChange={(seconds) => set({ check_interval_seconds: Number.isNaN(seconds) ? null : seconds })} hint="Of its checks that have no interval of their own. Empty: as their kinds have it." />
        <NumberField name="agent_port" label="Agent port" value={input.agent_port ?? Number.NaN} min={1} max={65_535} optional={Number.NaN}
          onChange={(port) => set({ agent_port: Number.isNaN(port) ? null : port })} hint="Where its agent can be reached, if it listens." />
      </div>
      <TextField name="description" label="Description" value={input.description ?? ""} onChange={(description) => set({ description })} placeholder="What it does, who owns it" />
      <TextField name="groups" label="Groups" value={groups} onChange={setGroups} placeholder="databases, berlin" hint={<>Separated by commas; new ones are made. <Link href="/instances/groups">All groups</Link></>} />
      <PairsField name="labels" label="Labels" value={input.labels} onChange={(labels) => set({ labels })} hint="Used by filters, alert rules and reports, such as env = production." />
      <PairsField name="credentials" label="Credentials" value={input.credentials ?? {}} onChange={(credentials) => set({ credentials })} names="name, such as ssh_user" secret
        hint="Stored encrypted; nobody can read them back." />
    </Form>
  );
}

export function InstanceFormPage({ id }: { id?: string }) {
  useTitle(id ? "Edit instance" : "Add instance");
  const instance = useResource(id ? `instance/${id}/edit` : null, () => api.instances.one(id as string), { freshSeconds: 0 });
  if (!id) {
    return (
      <>
        <Head title="Add instance" crumb={<Link href="/instances">Instances</Link>} sub={<>For a machine with an agent you need not: <Link href="/settings/agents">install the agent</Link> and it adds itself.</>} />
        <Fields />
      </>
    );
  }
  return (
    <Loaded from={instance}>
      {(data) => (
        <>
          <Head title={`Edit ${data.name}`} crumb={<Link href="/instances">Instances</Link>} />
          <Fields key={data.version} instance={data} onReload={instance.reload} />
        </>
      )}
    </Loaded>
  );
}
