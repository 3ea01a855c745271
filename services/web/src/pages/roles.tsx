import { useState } from "react";
import { api } from "../api/client";
import type { Permission, Role } from "../api/types";
import { plural } from "../lib/format";
import { invalidate, useResource } from "../lib/resource";
import { byResource, roleName, verbOf } from "../lib/roles";
import { useMay } from "../lib/user";
import { Confirm, Dialog, Loaded, say } from "../parts/basics";
import { Form, TextField, Tick, useMistake } from "../parts/form";

function PermissionTicks({ all, chosen, onChange }: { all: Permission[]; chosen: ReadonlySet<string>; onChange: (next: ReadonlySet<string>) => void }) {
  const { message, forget } = useMistake("permissions", "Permissions");
  const toggle = (name: string) => (on: boolean) => {
    forget();
    const next = new Set(chosen);
    if (on) next.add(name);
    else next.delete(name);
    onChange(next);
  };
  return (
    <>
      {message && <p className="wrong">{message}</p>}
      <div className="permissions">
        {byResource(all).map(([resource, those]) => (
          <fieldset key={resource}>
            <legend>{resource}</legend>
            {those.map((one) => <Tick key={one.name} label={verbOf(one.name)} hint={one.description} checked={chosen.has(one.name)} onChange={toggle(one.name)} />)}
          </fieldset>
        ))}
      </div>
    </>
  );
}

function RoleDialog({ role, onClose }: { role?: Role; onClose: () => void }) {
  const all = useResource("permissions", () => api.permissions(), { freshSeconds: 600 });
  const [name, setName] = useState(role?.name ?? "");
  const [description, setDescription] = useState(role?.description ?? "");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(role?.permissions ?? []));
  const save = async () => {
    const body = { name: name.trim(), description, permissions: [...chosen] };
    if (role) await api.roles.change(role.id, body);
    else await api.roles.add(body);
    invalidate("roles");
    say(role ? "Saved. It reaches everybody within 10 seconds." : `The role ${body.name} is made.`);
    onClose();
  };
  return (
    <Dialog title={role ? `Edit ${role.name}` : "Create a role"} onClose={onClose}>
      <Form action={role ? "Save" : "Create role"} onSubmit={save} onCancel={onClose} guard={false}>
        <TextField name="name" label="Name" value={name} onChange={setName} required autoFocus autoComplete="off" mono placeholder="night-watch" />
        <TextField name="description" label="Description" value={description} onChange={setDescription} autoComplete="off" />
        <Loaded from={all}>{({ items }) => <PermissionTicks all={items} chosen={chosen} onChange={setChosen} />}</Loaded>
      </Form>
    </Dialog>
  );
}

function Row({ role, mayEdit, onEdit, onDelete }: { role: Role; mayEdit: boolean; onEdit: () => void; onDelete: () => void }) {
  return (
    <tr>
      <td className="wide"><strong>{roleName(role.name)}</strong>{role.description && <span className="under">{role.description}</span>}</td>
      <td data-name="May" title={role.permissions.join(", ")}>{plural(role.permissions.length, "permission")}</td>
      <td className="rowacts wide">
        {role.built_in && <span className="quiet small">Built in</span>}
        {mayEdit && !role.built_in && <><button className="btn bare tiny" aria-label={`Edit ${role.name}`} onClick={onEdit}>Edit</button><button className="btn bare tiny" aria-label={`Delete ${role.name}`} onClick={onDelete}>Delete</button></>}
      </td>
    </tr>
  );
}

// What people may, by the name that users have it under.
export function Roles() {
  const mayEdit = useMay()("roles:write");
  const roles = useResource("roles", () => api.roles.list({ limit: 1000 }));
  const [editing, setEditing] = useState<Role | "new" | null>(null);
  const [deleting, setDeleting] = useState<Role | null>(null);
  const sorted = (items: Role[]) => [...items].sort((a, b) => Number(b.built_in) - Number(a.built_in) || b.permissions.length - a.permissions.length || a.name.localeCompare(b.name));
  return (
    <>
      {mayEdit && <p style={{ marginBottom: 18 }}><button className="btn main" data-key="n" onClick={() => setEditing("new")}>Create role</button></p>}
      <Loaded from={roles}>
        {({ items }) => (
          <table className="table cards">
            <thead><tr><th>Role</th><th>May</th><th><span className="hidden">Actions</span></th></tr></thead>
            <tbody>{sorted(items).map((one) => <Row key={one.id} role={one} mayEdit={mayEdit} onEdit={() => setEditing(one)} onDelete={() => setDeleting(one)} />)}</tbody>
          </table>
        )}
      </Loaded>
      {editing && <RoleDialog role={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />}
      {deleting && <Confirm title={`Delete ${deleting.name}?`} action="Delete role" onClose={() => setDeleting(null)} onConfirm={async () => { await api.roles.remove(deleting.id); invalidate("roles"); say("The role is deleted."); }}>It can be deleted when nobody has it.</Confirm>}
    </>
  );
}
