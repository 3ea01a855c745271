import { useState } from "react";
import { api } from "../api/client";
import type { Invitation } from "../api/types";
import { invalidate, useResource } from "../lib/resource";
import { roleName, useRoleOptions } from "../lib/roles";
import { Confirm, Dialog, Loaded, say, When } from "../parts/basics";
import { Form, SelectField, TextField } from "../parts/form";

function InvitationDialog({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("viewer");
  const options = useRoleOptions(role);
  const save = async () => {
    await api.invitations.add({ email: email.trim(), role });
    invalidate("invitations");
    say(`A letter is on its way to ${email.trim()}.`);
    onClose();
  };
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <Form action="Send invitation" onSubmit={save} onCancel={onClose} guard={false}>
        <TextField name="email" label="E-mail" type="email" value={email} onChange={setEmail} required autoFocus autoComplete="off" hint="They get a letter and choose name and password themselves." />
        <SelectField name="role" label="Role" value={role} onChange={setRole} options={options} />
      </Form>
    </Dialog>
  );
}

// Who was asked in and has not come yet.
export function Invitations() {
  const invitations = useResource("invitations", () => api.invitations.list({ limit: 200 }), { everySeconds: 30 });
  const [inviting, setInviting] = useState(false);
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  return (
    <section aria-label="Invitations" style={{ marginTop: 34 }}>
      <h2 style={{ marginBottom: 10 }}>Invitations</h2>
      <p style={{ marginBottom: 18 }}><button className="btn" onClick={() => setInviting(true)}>Invite somebody</button></p>
      <Loaded from={invitations}>
        {({ items }) => items.length === 0 ? <p className="quiet">Nobody who was invited is waited for.</p> : (
          <table className="table cards">
            <thead><tr><th>E-mail</th><th>Role</th><th>Invited</th><th>Good until</th><th><span className="hidden">Actions</span></th></tr></thead>
            <tbody>{items.map((one) => (
              <tr key={one.id}><td className="wide"><strong>{one.email}</strong></td><td data-name="Role">{roleName(one.role)}</td>
                <td data-name="Invited"><When time={one.created_at} /></td><td data-name="Good until"><When time={one.expires_at} /></td>
                <td className="rowacts wide"><button className="btn bare tiny" aria-label={`Take back the invitation of ${one.email}`} onClick={() => setRevoking(one)}>Take back</button></td></tr>
            ))}</tbody>
          </table>
        )}
      </Loaded>
      {inviting && <InvitationDialog onClose={() => setInviting(false)} />}
      {revoking && <Confirm title={`Take back the invitation of ${revoking.email}?`} action="Take back" onClose={() => setRevoking(null)} onConfirm={async () => { await api.invitations.remove(revoking.id); invalidate("invitations"); say("The invitation is taken back."); }}>The link of the letter opens nothing any more.</Confirm>}
    </section>
  );
}
