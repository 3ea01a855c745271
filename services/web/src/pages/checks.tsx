import { useDeferredValue, useState } from "react";
import { api } from "../api/client";
import type { Check, Page } from "../api/types";
import { groupsOf, kindName, useCheckTypes } from "../lib/check_types";
import { plural } from "../lib/format";
import { groupsWith, useEveryCheck } from "../lib/group";
import { invalidate, useResource } from "../lib/resource";
import { stateOf } from "../lib/result";
import { Link, setQuery, useLocation } from "../lib/router";
import { useMay } from "../lib/user";
import { Confirm, Empty, Head, Loaded, say, useTitle } from "../parts/basics";
import { CheckTable } from "../parts/check_table";
import { byHealth } from "./overview";

export function DeleteCheck({ check, onClose, onDone }: { check: Check; onClose: () => void; onDone?: () => void }) {
  const remove = async () => {
    await api.checks.remove(check.id);
    onDone?.(); // away from its page, which would ask for what is gone
    invalidate("checks", "overview", "instance", "alerts");
    say(`${check.name} is deleted.`);
  };
  const groups = groupsWith(useEveryCheck().data ?? [], check.id);
  return (
    <Confirm title={`Delete ${check.name}?`} action="Delete check" onClose={onClose} onConfirm={remove}>
      <p>The check stops and its history is no longer shown. To stop it for a while, pause it on its page.</p>
      {groups.length > 0 && <p style={{ marginTop: 8 }}><strong>It is a member of {groups.map((one) => one.name).join(", ")}</strong>, which then no longer counts it.</p>}
    </Confirm>
  );
}

// Those in a state, told apart here where the server does not.
async function inState(state: string, read: (status: string) => Promise<Page<Check>>): Promise<Page<Check>> {
  const page = await read(state === "warn" ? "up" : state);
  return state ? { ...page, items: page.items.filter((one) => stateOf(one) === state || (state === "up" && stateOf(one) === "warn")) } : page;
}

export function ChecksPage() {
  useTitle("Checks");
  const { query } = useLocation();
  const mayEdit = useMay()("checks:write", "something");
  const types = useCheckTypes();
  const [deleting, setDeleting] = useState<Check | null>(null);
  const filter = { q: query.get("q") ?? "", kind: query.get("kind") ?? "", status: query.get("status") ?? "" };
  const filtered = Boolean(filter.q || filter.kind || filter.status);
  const asked = useDeferredValue(new URLSearchParams(filter).toString());
  const checks = useResource(filtered ? `checks?${asked}` : "checks", () => inState(filter.status, (status) => api.checks.list({ ...filter, status: status as Check["status"], limit: status === filter.status ? 200 : 1000 })), { everySeconds: 60 });
  return (
    <>
      <Head title="Checks" sub="What Monitron asks from outside, again and again.">
        {mayEdit && <Link className="btn main" href="/checks/new" data-key="n">Add check</Link>}
      </Head>
      <div className="filters" role="search">
        <input className="grow" type="search" placeholder="Filter by name or target" aria-label="Filter checks" value={filter.q} onChange={(event) => setQuery({ q: event.target.value })} />
        <select aria-label="Kind" value={filter.kind} onChange={(event) => setQuery({ kind: event.target.value })}>
          <option value="">All kinds</option>
          {groupsOf(types.data ?? []).map(([group, kinds]) => (
            <optgroup key={group} label={group}>{kinds.map((one) => <option key={one.name} value={one.name}>{kindName(one.name)}</option>)}</optgroup>
          ))}
        </select>
        <select aria-label="State" value={filter.status} onChange={(event) => setQuery({ status: event.target.value })}>
          <option value="">All states</option><option value="down">Down</option><option value="unknown">Unknown</option><option value="warn">Up, warning</option><option value="up">Up</option><option value="paused">Paused</option>
        </select>
      </div>
      <Loaded from={checks}>
        {(page) => {
          if (page.items.length === 0 && filtered) {
            return <Empty title="No check fits this filter" actions={<Link className="btn" href="/checks">Show all</Link>} />;
          }
          if (page.items.length === 0) {
            return (
              <Empty title="No checks yet" actions={mayEdit && <Link className="btn main" href="/checks/new">Add the first check</Link>}>
                A check watches a web page, a host, a certificate, a database or a job of yours, and tells you when it fails.
              </Empty>
            );
          }
          return (
            <>
              <CheckTable items={byHealth(page.items, stateOf)} actions={mayEdit ? (one) => (
                <>
                  <Link className="btn bare tiny" href={`/checks/${one.id}/edit`} aria-label={`Edit ${one.name}`}>Edit</Link>
                  <button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one)}>Delete</button>
                </>
              ) : undefined} />
              <p className="quiet small" style={{ marginTop: 10 }}>
                {plural(page.items.length, "check")}{page.next_cursor ? "; more exist, narrow the filter to see them." : ""}
              </p>
            </>
          );
        }}
      </Loaded>
      {deleting && <DeleteCheck check={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
