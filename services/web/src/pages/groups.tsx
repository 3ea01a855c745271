import { useState } from "react";
import { api } from "../api/client";
import type { Group, GroupInput } from "../api/types";
import { allPages } from "../lib/all_pages";
import { plural } from "../lib/format";
import { groupTree, possibleParents } from "../lib/group_tree";
import { invalidate, useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { useMay } from "../lib/user";
import { Confirm, Dialog, Empty, Head, Loaded, say, useTitle } from "../parts/basics";
import { Form, SelectField, TextField } from "../parts/form";

function GroupDialog({ group, groups, onClose }: { group?: Group; groups: Group[]; onClose: () => void }) {
  const [input, setInput] = useState<GroupInput>(group ? { name: group.name, description: group.description, parent_id: group.parent_id } : { name: "", description: "", parent_id: null });
  const set = (change: Partial<GroupInput>) => setInput((before) => ({ ...before, ...change }));
  const save = async () => {
    if (group) await api.groups.replace(group.id, input, group.version);
    else await api.groups.add(input);
    invalidate("groups", "instances", "instance/");
    say(group ? "Saved." : `${input.name} is added.`);
    onClose();
  };
  return (
    <Dialog title={group ? `Edit ${group.name}` : "Add group"} onClose={onClose}>
      <Form action={group ? "Save" : "Add group"} onSubmit={save} onCancel={onClose} guard={false}>
        <TextField name="name" label="Name" value={input.name} onChange={(name) => set({ name })} required autoFocus placeholder="databases" hint={group && "Its instances stay in it, whatever its name."} />
        <TextField name="description" label="Description" value={input.description} onChange={(description) => set({ description })} placeholder="What they have in common" />
        <SelectField name="parent_id" label="Within" value={input.parent_id ?? ""} onChange={(id) => set({ parent_id: id || null })}
          options={[["", "No other group"], ...possibleParents(groups, group?.id).map((one): [string, string] => [one.id, one.name])]} />
      </Form>
    </Dialog>
  );
}

export function GroupsPage() {
  useTitle("Groups");
  const mayEdit = useMay()("instances:write");
  const groups = useResource("groups", () => allPages(api.groups.list), { everySeconds: 60 });
  const [editing, setEditing] = useState<Group | "new" | null>(null);
  const [deleting, setDeleting] = useState<Group | null>(null);
  const add = mayEdit && <button className="btn main" onClick={() => setEditing("new")} data-key="n">Add group</button>;
  return (
    <>
      <Head title="Groups" crumb={<Link href="/instances">Instances</Link>} sub="Instances that belong together; an instance may be in several, and a group within another.">{add}</Head>
      <Loaded from={groups}>
        {({ items }) => (
          <>
            {items.length === 0 ? <Empty title="No groups yet" actions={add}>An instance is put into groups where it is edited.</Empty> : (
              <table className="table cards">
                <thead><tr><th style={{ width: "35%" }}>Group</th><th>Description</th><th style={{ width: 130 }}>Instances</th>{mayEdit && <th style={{ width: 130 }}><span className="hidden">Actions</span></th>}</tr></thead>
                <tbody>
                  {groupTree(items).map(({ group, depth }) => (
                    <tr key={group.id}>
                      <td className="wide anywhere" style={{ paddingLeft: depth > 0 ? 22 * depth : undefined }}><Link href={`/instances?group=${encodeURIComponent(group.name)}`}><strong>{group.name}</strong></Link></td>
                      <td data-name="Description" className="wide anywhere quiet">{group.description}</td>
                      <td data-name="Instances">{plural(group.members, "instance")}</td>
                      {mayEdit && (
                        <td className="rowacts wide">
                          <button className="btn bare tiny" aria-label={`Edit ${group.name}`} onClick={() => setEditing(group)}>Edit</button>
                          <button className="btn bare tiny" aria-label={`Delete ${group.name}`} onClick={() => setDeleting(group)}>Delete</button>
                        </td>
                      )}
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {editing && <GroupDialog group={editing === "new" ? undefined : editing} groups={items} onClose={() => setEditing(null)} />}
            {deleting && (
              <Confirm title={`Delete ${deleting.name}?`} action="Delete group" onClose={() => setDeleting(null)} onConfirm={async () => { await api.groups.remove(deleting.id); invalidate("groups", "instances", "instance/"); say(`${deleting.name} is deleted.`); }}>
                Its instances stay; groups within it are in none afterwards.
              </Confirm>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}
