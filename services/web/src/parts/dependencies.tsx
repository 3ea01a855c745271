import { api } from "../api/client";
import type { Dependency } from "../api/alerting_types";
import type { Check } from "../api/types";
import { allPages } from "../lib/all_pages";
import { useChecksById } from "../lib/checks";
import { dependsOn, neededBy } from "../lib/dependency";
import { useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { useMay } from "../lib/user";
import { Chips } from "./basics";
import { HealthState } from "./state";

// What depends on what, in words and links.

export function useDependencies(): Dependency[] | undefined {
  return useResource(useMay()("dependencies:read") ? "dependencies" : null, () => allPages(api.dependencies.list), { everySeconds: 60, freshSeconds: 10 }).data?.items;
}

function CheckName({ id, checks }: { id: string; checks: Map<string, Check> }) {
  const check = checks.get(id);
  return <span className="parent"><Link href={`/checks/${id}`}>{check?.name ?? "a check"}</Link>{check && <HealthState health={check.status} paused={!check.enabled} />}</span>;
}

export function Parents({ ids, checks }: { ids: string[]; checks: Map<string, Check> }) {
  return <span className="parents">{ids.length > 1 && <span className="quiet small">one of</span>}{ids.map((id) => <CheckName key={id} id={id} checks={checks} />)}</span>;
}

export function Child({ one, checks }: { one: Dependency; checks: Map<string, Check> }) {
  return one.child_check_id ? <CheckName id={one.child_check_id} checks={checks} /> : <Chips labels={one.children} />;
}

export const checksIn = (all: Pick<Dependency, "parents" | "child_check_id">[]): string[] => all.flatMap((one) => [...one.parents, ...(one.child_check_id ? [one.child_check_id] : [])]);

// Of one check, on its page.
export function CheckDependencies({ check }: { check: Check }) {
  const mayEdit = useMay()("dependencies:write");
  const all = useDependencies();
  const instance = useResource(check.instance_id ? `instance/${check.instance_id}` : null, () => api.instances.one(check.instance_id as string), { freshSeconds: 60 });
  const own = dependsOn(all ?? [], check, instance.data ? [instance.data] : []);
  const others = neededBy(all ?? [], check);
  const checks = useChecksById(checksIn([...own, ...others]));
  if (!all) return null;
  if (own.length + others.length === 0 && !mayEdit) return null;
  return (
    <section className="block" aria-label="Dependencies">
      <div className="block-head"><h2>Depends on</h2>{mayEdit && <Link className="more" href={`/alerts/dependencies/new?child=${check.id}`}>Add a dependency</Link>}</div>
      {own.length === 0 ? <p className="quiet">Nothing: it is told of whenever it is down.</p> : (
        <ul className="plainlist">{own.map((one) => <li key={one.id}><Parents ids={one.parents} checks={checks} /> <span className="quiet small">{mayEdit ? <Link href={`/alerts/dependencies/${one.id}/edit`}>{one.name}</Link> : one.name}</span></li>)}</ul>
      )}
      {others.length > 0 && <p className="small" style={{ marginTop: 10 }}><span className="quiet">While it is down, nobody is paged for </span>{others.map((one, index) => <span key={one.id}>{index > 0 && ", "}<Child one={one} checks={checks} /></span>)}</p>}
    </section>
  );
}
