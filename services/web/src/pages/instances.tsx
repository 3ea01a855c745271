import { useDeferredValue, useState } from "react";
import { api } from "../api/client";
import type { Instance } from "../api/types";
import { allPages } from "../lib/all_pages";
import { plural } from "../lib/format";
import { groupTree } from "../lib/group_tree";
import { useVitalsStream } from "../lib/latest";
import { invalidate, useResource } from "../lib/resource";
import { Link, setQuery, useLocation } from "../lib/router";
import { useMay } from "../lib/user";
import { Confirm, Empty, Head, Loaded, say, useTitle } from "../parts/basics";
import { InstanceTable } from "../parts/instance_table";
import { INSTANCE_KINDS } from "./instance_form";
import { byHealth } from "./overview";

export function DeleteInstance({ instance, onClose, onDone }: { instance: Instance; onClose: () => void; onDone?: () => void }) {
  const remove = async () => {
    await api.instances.remove(instance.id);
    invalidate("instances", "instance/", "groups", "relations", "overview", "checks");
    say(`${instance.name} is deleted.`);
    onDone?.();
  };
  return (
    <Confirm title={`Delete ${instance.name}?`} action="Delete instance" onClose={onClose} onConfirm={remove}>
      It disappears from all lists. If its agent still runs, uninstall it first, or the instance may come back.
    </Confirm>
  );
}

export function InstancesPage() {
  useTitle("Instances");
  const { query } = useLocation();
  const may = useMay();
  const [deleting, setDeleting] = useState<Instance | null>(null);
  const filter = { q: query.get("q") ?? "", kind: query.get("kind") ?? "", label: query.get("label") ?? "", group: query.get("group") ?? "" };
  const health = query.get("health");
  const asked = useDeferredValue(new URLSearchParams(filter).toString());
  const groups = useResource("groups", () => allPages(api.groups.list), { freshSeconds: 60 });
  const narrowed = Boolean(filter.q || filter.kind || filter.label || filter.group);
  const filtered = narrowed || Boolean(health);
  const instances = useResource(narrowed ? `instances?${asked}` : "instances",
    () => api.instances.list({ ...filter, label: filter.label ? [filter.label] : undefined, limit: 200 }), { everySeconds: 30 });
  useVitalsStream((instances.data?.items.length ?? 0) > 0 && (instances.data?.items.length ?? 0) <= 60);
  return (
    <>
      <Head title="Instances" sub="Machines and services that send metrics or have checks.">
        <Link className="btn" href="/instances/groups">Groups</Link>
        {may("enrolment:write") && <Link className="btn" href="/settings/agents">Install an agent</Link>}
        {may("instances:write") && <Link className="btn main" href="/instances/new" data-key="n">Add instance</Link>}
      </Head>
      <div className="filters" role="search">
        <input className="grow" type="search" placeholder="Filter by name, host or address" aria-label="Filter instances" value={filter.q}
          onChange={(event) => setQuery({ q: event.target.value })} />
        <select aria-label="Kind" value={filter.kind} onChange={(event) => setQuery({ kind: event.target.value })}>
          <option value="">All kinds</option>
          {INSTANCE_KINDS.map(([kind, words]) => <option key={kind} value={kind}>{words}</option>)}
        </select>
        {(groups.data?.items.length ?? 0) > 0 && (
          <select aria-label="Group" value={filter.group} onChange={(event) => setQuery({ group: event.target.value })}>
            <option value="">All groups</option>
            {groupTree(groups.data?.items ?? []).map(({ group, depth }) => <option key={group.id} value={group.name}>{"\u2003".repeat(depth)}{group.name}</option>)}
          </select>
        )}
        <select aria-label="State" value={health ?? ""} onChange={(event) => setQuery({ health: event.target.value })}>
          <option value="">All states</option><option value="down">Down</option><option value="unknown">Unknown</option><option value="up">Up</option>
        </select>
      </div>
      <Loaded from={instances}>
        {(page) => {
          const shown = byHealth(page.items, (one) => one.health).filter((one) => !health || one.health === health);
          if (shown.length === 0 && filtered) {
            return <Empty title="No instance fits this filter" actions={<Link className="btn" href="/instances">Show all</Link>} />;
          }
          if (shown.length === 0) {
            return (
              <Empty title="No instances yet" actions={may("enrolment:write") && <Link className="btn main" href="/settings/agents">Install an agent</Link>}>
                Install the agent on a machine and it appears here by itself, or add one by hand for things that push their own metrics.
              </Empty>
            );
          }
          return (
            <>
              <InstanceTable items={shown} everySeconds={shown.length > 60 ? 30 : undefined} actions={may("instances:write", "something") ? (one) => may("instances:write", one.labels) && (
                <>
                  <Link className="btn bare tiny" href={`/instances/${one.id}/edit`} aria-label={`Edit ${one.name}`}>Edit</Link>
                  <button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one)}>Delete</button>
                </>
              ) : undefined} />
              <p className="quiet small" style={{ marginTop: 10 }}>
                {plural(shown.length, "instance")}{page.next_cursor ? "; more exist, narrow the filter to see them." : ""}
              </p>
            </>
          );
        }}
      </Loaded>
      {deleting && <DeleteInstance instance={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
