import { useState } from "react";
import { api } from "../api/client";
import type { Instance, Relation, RelationKind } from "../api/types";
import { allPages } from "../lib/all_pages";
import { nameOf, othersOf, RELATION_KINDS, relationsOf } from "../lib/relation";
import { invalidate, useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { useSettled } from "../lib/settled";
import { useMay } from "../lib/user";
import { Confirm, Dialog, say } from "./basics";
import { Field, Form, SelectField } from "./form";
import { HealthState } from "./state";

// What an instance runs on, is part of and depends on, and what does so on it.

const ASKED_AT_ONCE = 100;

async function instancesOf(ids: string[]): Promise<Map<string, Instance>> {
  const found = new Map<string, Instance>();
  for (let at = 0; at < ids.length; at += ASKED_AT_ONCE) {
    const page = await api.instances.list({ id: ids.slice(at, at + ASKED_AT_ONCE), limit: ASKED_AT_ONCE });
    for (const one of page.items) found.set(one.id, one);
  }
  return found;
}

function AddRelation({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const [kind, setKind] = useState<RelationKind>("runs-on");
  const [target, setTarget] = useState("");
  const [find, setFind] = useState("");
  const q = useSettled(find.trim(), 250);
  const found = useResource(`instances?choose=${q}`, () => api.instances.list({ limit: 30, ...(q ? { q } : {}) }), { freshSeconds: 20 });
  const fitting = (found.data?.items ?? []).filter((one) => one.id !== instance.id);
  const save = async () => {
    await api.relations.add({ kind, instance_id: instance.id, target_id: target });
    invalidate("relations", "dependencies", "alerts");
    say("The relation is added.");
    onClose();
  };
  return (
    <Dialog title={`What ${instance.name} is related to`} onClose={onClose}>
      <Form action="Add relation" onSubmit={save} onCancel={onClose} guard={false}>
        <SelectField name="kind" label={instance.name} value={kind} onChange={(value) => setKind(value as RelationKind)} options={RELATION_KINDS.map(([key, words]) => [key, words.toLowerCase()])}
          hint={kind === "depends-on" ? "While no check of the other is up, nobody is paged for alerts about this one." : undefined} />
        <Field name="target_id" label="Instance">
          {(props) => (
            <div className="choose">
              <input {...props} type="search" value={find} placeholder="Find by name, host or address" onChange={(event) => setFind(event.target.value)} />
              <ul>
                {fitting.map((one) => (
                  <li key={one.id}><label className="tick"><input type="radio" name="target" required checked={target === one.id} onChange={() => setTarget(one.id)} /><span className="cut">{nameOf(one, one.id)}</span><HealthState health={one.health} /></label></li>
                ))}
                {fitting.length === 0 && found.data && <li className="quiet small">{q ? "No instance is called that." : "There is no other instance yet."}</li>}
              </ul>
            </div>
          )}
        </Field>
      </Form>
    </Dialog>
  );
}

export function Relations({ instance }: { instance: Instance }) {
  const mayEdit = useMay()("instances:write", instance.labels);
  const relations = useResource(`relations?instance_id=${instance.id}`, () => allPages((query) => api.relations.list({ ...query, instance_id: [instance.id] })), { everySeconds: 60 });
  const ids = othersOf(instance.id, relations.data?.items ?? []).sort();
  const others = useResource(ids.length > 0 ? `instances?id=${ids.join()}` : null, () => instancesOf(ids), { everySeconds: 30 });
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Relation | null>(null);
  if (!relations.data || (relations.data.items.length === 0 && !mayEdit)) return null;
  return (
    <section className="block" aria-label="Relations">
      <div className="block-head"><h2>Relations</h2>{mayEdit && <button className="btn bare more" onClick={() => setAdding(true)}>Add a relation</button>}</div>
      {relations.data.items.length === 0 && <p className="quiet">Say what it runs on, is part of or depends on.</p>}
      <table className="table tight">
        <tbody>
          {relationsOf(instance.id, relations.data.items).flatMap(([words, found]) => found.map(({ relation, other }, at) => (
            <tr key={relation.id}>
              <td className="quiet" style={{ width: 130 }}>{at === 0 && words}</td>
              <td className="anywhere"><Link href={`/instances/${other}`}>{nameOf(others.data?.get(other), other)}</Link></td>
              <td style={{ width: 110 }}>{others.data?.get(other) && <HealthState health={others.data.get(other)?.health ?? "unknown"} />}</td>
              {mayEdit && <td className="rowacts" style={{ width: 90 }}><button className="btn bare tiny" aria-label={`Remove: ${words} ${nameOf(others.data?.get(other), other)}`} onClick={() => setRemoving(relation)}>Remove</button></td>}
            </tr>
          )))}
        </tbody>
      </table>
      {adding && <AddRelation instance={instance} onClose={() => setAdding(false)} />}
      {removing && (
        <Confirm title="Remove this relation?" action="Remove relation" onClose={() => setRemoving(null)} onConfirm={async () => { await api.relations.remove(removing.id); invalidate("relations", "dependencies", "alerts"); say("The relation is removed."); }}>
          {removing.kind === "depends-on" ? "What it held back, and still fires, is told." : "Both instances stay."}
        </Confirm>
      )}
    </section>
  );
}
