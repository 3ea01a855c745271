import { useState } from "react";
import { api } from "../api/client";
import type { Grant, Labels, Team } from "../api/types";
import { allPages } from "../lib/all_pages";
import { personName, usePeople } from "../lib/people";
import { invalidate, useResource } from "../lib/resource";
import { roleName, useRoleOptions } from "../lib/roles";
import { useMay } from "../lib/user";
import { Chips, Confirm, Dialog, Loaded, say } from "../parts/basics";
import { Form, PairsField, SelectField } from "../parts/form";

// "team/…" or "user/…": whose a grant is, in one choice.
const ownerOf = ({ team_id, user_id }: Pick<Grant, "team_id" | "user_id">) => (team_id ? `team/${team_id}` : `user/${user_id ?? ""}`);
const bodyOf = (owner: string) => ({ team_id: owner.startsWith("team/") ? owner.slice(5) : null, user_id: owner.startsWith("user/") ? owner.slice(5) : null });

function useOwners(teams: Team[]): [string, string][] {
  const people = usePeople() ?? [];
  return [...teams.map((one): [string, string] => [`team/${one.id}`, `Team ${one.name}`]), ...people.map((one): [string, string] => [`user/${one.id}`, personName(one)])];
}

function GrantDialog({ grant, teams, onClose }: { grant?: Grant; teams: Team[]; onClose: () => void }) {
  const owners = useOwners(teams);
  const [owner, setOwner] = useState(grant ? ownerOf(grant) : "");
  const [role, setRole] = useState(grant?.role ?? "operator");
  const [labels, setLabels] = useState<Labels>(grant?.labels ?? {});
  const roles = useRoleOptions(role);
  const chosen = owner || owners[0]?.[0] || "";
  const save = async () => {
    const body = { ...bodyOf(chosen), role, labels };
    if (grant) await api.grants.replace(grant.id, body, grant.version);
    else await api.grants.add(body);
    invalidate("grants");
    say("Granted. It reaches everybody within 10 seconds.");
    onClose();
  };
  return (
    <Dialog title={grant ? "Edit a grant" : "Grant a role on some instances"} onClose={onClose}>
      <Form action={grant ? "Save" : "Grant"} onSubmit={save} onCancel={onClose} guard={false}>
        <SelectField name="user_id" label="To" value={chosen} onChange={setOwner} options={owners} />
        <SelectField name="role" label="Role" value={role} onChange={setRole} options={roles} />
        <PairsField name="labels" label="On instances with these labels" names="label" value={labels} onChange={setLabels} hint="All of them, and what belongs to these instances: checks, metrics, alerts, incidents." />
      </Form>
    </Dialog>
  );
}

// Roles that are good on some instances alone.
export function Grants({ teams }: { teams: Team[] }) {
  const mayEdit = useMay()("teams:write");
  const grants = useResource("grants", () => allPages(api.grants.list));
  const owners = new Map(useOwners(teams));
  const [editing, setEditing] = useState<Grant | "new" | null>(null);
  const [removing, setRemoving] = useState<Grant | null>(null);
  const nameOf = (one: Grant) => owners.get(ownerOf(one)) ?? (one.team_id ? "a team" : "somebody");
  return (
    <section aria-label="Grants" style={{ marginTop: 34 }}>
      <h2 style={{ marginBottom: 6 }}>Grants</h2>
      <p className="quiet" style={{ marginBottom: 14 }}>A role on the instances with certain labels, besides the role that somebody has everywhere. Who should see nothing else has the role Member.</p>
      {mayEdit && <p style={{ marginBottom: 18 }}><button className="btn" onClick={() => setEditing("new")}>Grant a role</button></p>}
      <Loaded from={grants}>
        {({ items }) => items.length === 0 ? <p className="quiet">Nothing is granted: everybody has the own role, everywhere.</p> : (
          <table className="table cards">
            <thead><tr><th style={{ width: "30%" }}>To</th><th style={{ width: 150 }}>Role</th><th>On instances with</th>{mayEdit && <th style={{ width: 150 }}><span className="hidden">Actions</span></th>}</tr></thead>
            <tbody>{items.map((one) => (
              <tr key={one.id}>
                <td className="wide anywhere"><strong>{nameOf(one)}</strong></td><td data-name="Role">{roleName(one.role)}</td><td data-name="On instances with" className="wide"><Chips labels={one.labels} /></td>
                {mayEdit && <td className="rowacts wide"><button className="btn bare tiny" aria-label={`Edit the grant of ${nameOf(one)}`} onClick={() => setEditing(one)}>Edit</button><button className="btn bare tiny" aria-label={`Take back the grant of ${nameOf(one)}`} onClick={() => setRemoving(one)}>Take back</button></td>}
              </tr>
            ))}</tbody>
          </table>
        )}
      </Loaded>
      {editing && <GrantDialog grant={editing === "new" ? undefined : editing} teams={teams} onClose={() => setEditing(null)} />}
      {removing && <Confirm title={`Take back what ${nameOf(removing)} was granted?`} action="Take back" onClose={() => setRemoving(null)} onConfirm={async () => { await api.grants.remove(removing.id); invalidate("grants"); say("The grant is taken back."); }}>Own roles stay as they are. It reaches everybody within 10 seconds, open pages included.</Confirm>}
    </section>
  );
}
