import { useState } from "react";
import { api } from "../api/client";
import type { Team } from "../api/types";
import { allPages } from "../lib/all_pages";
import { plural } from "../lib/format";
import { invalidate, useResource } from "../lib/resource";
import { personName, usePeople } from "../lib/people";
import { useMay } from "../lib/user";
import { Confirm, Dialog, Loaded, say } from "../parts/basics";
import { Field, Form, TextField } from "../parts/form";
import { Grants } from "./grants";

function MembersField({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const people = usePeople() ?? [];
  const [find, setFind] = useState("");
  const wanted = find.trim().toLowerCase();
  const fitting = people.filter((one) => value.includes(one.id) || `${one.name} ${one.email}`.toLowerCase().includes(wanted));
  const shown = fitting.sort((a, b) => Number(value.includes(b.id)) - Number(value.includes(a.id)) || personName(a).localeCompare(personName(b)));
  return (
    <Field name="members" label="Members">
      {(props) => (
        <div className="choose">
          <input {...props} type="search" value={find} placeholder="Find by name or e-mail" onChange={(event) => setFind(event.target.value)} />
          <ul>
            {shown.map((one) => (
              <li key={one.id}><label className="tick"><input type="checkbox" checked={value.includes(one.id)} onChange={(event) => onChange(event.target.checked ? [...value, one.id] : value.filter((id) => id !== one.id))} /><span className="cut">{personName(one)}</span>{one.name && <span className="quiet small cut">{one.email}</span>}</label></li>
            ))}
            {shown.length === 0 && <li className="quiet small">Nobody is called that.</li>}
          </ul>
        </div>
      )}
    </Field>
  );
}

function TeamDialog({ team, onClose }: { team?: Team; onClose: () => void }) {
  const [name, setName] = useState(team?.name ?? "");
  const [description, setDescription] = useState(team?.description ?? "");
  const [members, setMembers] = useState(team?.members ?? []);
  const save = async () => {
    const body = { name: name.trim(), description, members };
    if (team) await api.teams.replace(team.id, body, team.version);
    else await api.teams.add(body);
    invalidate("teams");
    say(team ? "Saved. It reaches everybody within 10 seconds." : `The team ${body.name} is made.`);
    onClose();
  };
  return (
    <Dialog title={team ? `Edit ${team.name}` : "Create a team"} onClose={onClose}>
      <Form action={team ? "Save" : "Create team"} onSubmit={save} onCancel={onClose} guard={false}>
        <TextField name="name" label="Name" value={name} onChange={setName} required autoFocus autoComplete="off" placeholder="Shop" />
        <TextField name="description" label="Description" value={description} onChange={setDescription} autoComplete="off" />
        <MembersField value={members} onChange={setMembers} />
      </Form>
    </Dialog>
  );
}

function Members({ ids }: { ids: string[] }) {
  const people = usePeople();
  const names = ids.map((id) => people?.find((one) => one.id === id)).flatMap((one) => (one ? [personName(one)] : []));
  if (names.length === 0) return <span className="quiet">{ids.length > 0 ? plural(ids.length, "member") : "Nobody"}</span>;
  return <span title={names.join(", ")}>{names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ")}</span>;
}

// People who work together, and what is granted to whom on some instances.
export function Teams() {
  const mayEdit = useMay()("teams:write");
  const teams = useResource("teams", () => allPages(api.teams.list));
  const [editing, setEditing] = useState<Team | "new" | null>(null);
  const [deleting, setDeleting] = useState<Team | null>(null);
  return (
    <>
      <section aria-label="Teams">
        {mayEdit && <p style={{ marginBottom: 18 }}><button className="btn main" data-key="n" onClick={() => setEditing("new")}>Create team</button></p>}
        <Loaded from={teams}>
          {({ items }) => items.length === 0 ? <p className="quiet">There are no teams yet. What is granted to a team is granted to everybody in it.</p> : (
            <table className="table cards">
              <thead><tr><th style={{ width: "35%" }}>Team</th><th>Members</th>{mayEdit && <th style={{ width: 130 }}><span className="hidden">Actions</span></th>}</tr></thead>
              <tbody>{items.map((one) => (
                <tr key={one.id}>
                  <td className="wide anywhere"><strong>{one.name}</strong>{one.description && <span className="under">{one.description}</span>}</td>
                  <td data-name="Members" className="wide anywhere"><Members ids={one.members} /></td>
                  {mayEdit && <td className="rowacts wide"><button className="btn bare tiny" aria-label={`Edit ${one.name}`} onClick={() => setEditing(one)}>Edit</button><button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one)}>Delete</button></td>}
                </tr>
              ))}</tbody>
            </table>
          )}
        </Loaded>
      </section>
      <Grants teams={teams.data?.items ?? []} />
      {editing && <TeamDialog team={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />}
      {deleting && <Confirm title={`Delete ${deleting.name}?`} action="Delete team" onClose={() => setDeleting(null)} onConfirm={async () => { await api.teams.remove(deleting.id); invalidate("teams", "grants"); say("The team is deleted."); }}>Its members stay, and lose what was granted to the team.</Confirm>}
    </>
  );
}
