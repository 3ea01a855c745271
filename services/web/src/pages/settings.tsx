import { useState } from "react";
import { api } from "../api/client";
import type { ApiToken, EnrolmentToken, User } from "../api/types";
import { invalidate, useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { roleName, useRoleOptions } from "../lib/roles";
import { useMay } from "../lib/user";
import { Confirm, Copy, Denied, Dialog, Empty, Head, Loaded, say, useTitle, When } from "../parts/basics";
import { Account } from "./account";
import { Audit } from "./audit";
import { Invitations } from "./invitations";
import { Notifications } from "./notifications";
import { Roles } from "./roles";
import { Teams } from "./teams";
import { Form, NumberField, SelectField, TextField, Tick } from "../parts/form";

// The line that installs an agent. Plain HTTP must be allowed by name unless it stays on this machine.
export function agentCommand(origin: string, token: string): string {
  const url = new URL(origin);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  const plain = url.protocol === "http:" && !local ? " --allow-plain-http" : "";
  return `monitron-agent --server ${url.origin} --enrolment-token ${token}${plain}`;
}

const DAYS: [string, string][] = [["", "Never"], ["1", "In 1 day"], ["7", "In 7 days"], ["30", "In 30 days"], ["90", "In 90 days"], ["365", "In a year"]];
const expiry = (days: string) => (days ? { expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString() } : {});

function NewEnrolment({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState("7");
  const [uses, setUses] = useState(1);
  const [made, setMade] = useState<EnrolmentToken | null>(null);
  const add = async () => {
    setMade(await api.enrolment.add({ name, max_uses: uses, ...expiry(days) }));
    invalidate("enrolment");
  };
  if (made?.token) {
    return (
      <Dialog title="Run this on the machine" onClose={onClose}>
        <p className="quiet">The token is shown only now. The agent needs it once and keeps its own secret afterwards.</p>
        <Copy text={agentCommand(window.location.origin, made.token)} />
        <p className="quiet small">Add --env, --region, --service or --label k=v to label what it reports.</p>
        <div className="actions"><button className="btn main" autoFocus onClick={onClose}>Done</button></div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Add an enrolment token" onClose={onClose}>
      <Form action="Create token" onSubmit={add} onCancel={onClose} guard={false}>
        <TextField name="name" label="Name" value={name} onChange={setName} required autoFocus placeholder="Web servers, Berlin" />
        <div className="grid2"><SelectField name="expires_at" label="Expires" value={days} onChange={setDays} options={DAYS} /><NumberField name="max_uses" label="Machines at most" value={uses} onChange={setUses} min={1} max={10_000} /></div>
      </Form>
    </Dialog>
  );
}

function Agents() {
  const mayEdit = useMay()("enrolment:write");
  const tokens = useResource("enrolment", () => api.enrolment.list({ limit: 200 }), { everySeconds: 30 });
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<EnrolmentToken | null>(null);
  return (
    <>
      <div className="note">An agent reports CPU, memory, disks, network and processes of its machine every 10 seconds. Create a token, then run one command on the machine.</div>
      {mayEdit && <p style={{ marginBottom: 18 }}><button className="btn main" data-key="n" onClick={() => setAdding(true)}>Create enrolment token</button></p>}
      <Loaded from={tokens}>
        {({ items }) => items.length === 0 ? <Empty title="No enrolment tokens" /> : (
          <table className="table cards">
            <thead><tr><th>Name</th><th>Used</th><th>Expires</th><th>Created</th><th><span className="hidden">Actions</span></th></tr></thead>
            <tbody>{items.map((one) => (
              <tr key={one.id}><td className="wide"><strong>{one.name}</strong></td><td data-name="Used">{one.uses ?? 0}{one.max_uses ? ` of ${one.max_uses}` : ""}</td>
                <td data-name="Expires">{one.expires_at ? <When time={one.expires_at} /> : "Never"}</td><td data-name="Created"><When time={one.created_at} /></td>
                <td className="rowacts wide">{mayEdit && <button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one)}>Delete</button>}</td></tr>
            ))}</tbody>
          </table>
        )}
      </Loaded>
      {adding && <NewEnrolment onClose={() => setAdding(false)} />}
      {deleting && <Confirm title={`Delete ${deleting.name}?`} action="Delete token" onClose={() => setDeleting(null)} onConfirm={async () => { await api.enrolment.remove(deleting.id); invalidate("enrolment"); say("The token is deleted."); }}>Machines that have enrolled with it go on reporting.</Confirm>}
    </>
  );
}

function NewToken({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [scopes, setScopes] = useState<ReadonlySet<string>>(new Set(["read"]));
  const [made, setMade] = useState<ApiToken | null>(null);
  const toggle = (scope: string) => (on: boolean) => setScopes((before) => {
    const next = new Set(before);
    if (on) next.add(scope);
    else next.delete(scope);
    return next;
  });
  const add = async () => {
    setMade(await api.tokens.add({ name, scopes: [...scopes], ...expiry(days) }));
    invalidate("tokens");
  };
  if (made?.token) {
    return (
      <Dialog title="Your new token" onClose={onClose}>
        <p className="quiet">It is shown only now. Keep it like a password.</p>
        <Copy text={made.token} />
        <p className="quiet small">Use it like this:</p>
        <Copy text={`curl -H 'Authorization: Bearer ${made.token}' ${window.location.origin}/api/v1/overview`} />
        <div className="actions"><button className="btn main" autoFocus onClick={onClose}>Done</button></div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Create an API token" onClose={onClose}>
      <Form action="Create token" onSubmit={add} onCancel={onClose} guard={false}>
        <TextField name="name" label="Name" value={name} onChange={setName} required autoFocus placeholder="Deploy script" />
        <p className="field"><span className="name">May</span></p>
        <Tick label="read" checked={scopes.has("read")} onChange={toggle("read")} hint="See everything" />
        <Tick label="write" checked={scopes.has("write")} onChange={toggle("write")} hint="Change checks, rules and instances" />
        <Tick label="ingest" checked={scopes.has("ingest")} onChange={toggle("ingest")} hint="Send metrics" />
        <SelectField name="expires_at" label="Expires" value={days} onChange={setDays} options={DAYS} />
      </Form>
    </Dialog>
  );
}

function Tokens() {
  const mayEdit = useMay()("tokens:write");
  const tokens = useResource("tokens", () => api.tokens.list({ limit: 200 }), { everySeconds: 60 });
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<ApiToken | null>(null);
  return (
    <>
      {mayEdit && <p style={{ marginBottom: 18 }}><button className="btn main" data-key="n" onClick={() => setAdding(true)}>Create token</button></p>}
      <Loaded from={tokens}>
        {({ items }) => items.length === 0 ? <Empty title="No API tokens">Scripts and other programs sign in with a token.</Empty> : (
          <table className="table cards">
            <thead><tr><th>Name</th><th>May</th><th>Last used</th><th>Expires</th><th><span className="hidden">Actions</span></th></tr></thead>
            <tbody>{items.map((one) => (
              <tr key={one.id}><td className="wide"><strong>{one.name}</strong> {one.prefix && <span className="mono quiet">{one.prefix}…</span>}</td><td data-name="May">{one.scopes.join(", ")}</td>
                <td data-name="Last used"><When time={one.last_used_at} /></td><td data-name="Expires">{one.expires_at ? <When time={one.expires_at} /> : "Never"}</td>
                <td className="rowacts wide">{mayEdit && <button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one)}>Delete</button>}</td></tr>
            ))}</tbody>
          </table>
        )}
      </Loaded>
      {adding && <NewToken onClose={() => setAdding(false)} />}
      {deleting && <Confirm title={`Delete ${deleting.name}?`} action="Delete token" onClose={() => setDeleting(null)} onConfirm={async () => { await api.tokens.remove(deleting.id); invalidate("tokens"); say("The token is deleted."); }}>Whatever uses it is locked out at once.</Confirm>}
    </>
  );
}

function UserDialog({ user, onClose }: { user?: User; onClose: () => void }) {
  const [email, setEmail] = useState(user?.email ?? "");
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState(user?.role ?? "viewer");
  const [password, setPassword] = useState("");
  const options = useRoleOptions(role);
  const save = async () => {
    const body = { email, name, role };
    if (user) await api.users.change(user.id, { ...body, ...(password ? { password } : {}) });
    else await api.users.add({ ...body, password });
    invalidate("users");
    say(user ? "Saved." : `${email} is added.`);
    onClose();
  };
  return (
    <Dialog title={user ? `Edit ${user.email}` : "Add a user"} onClose={onClose}>
      <Form action={user ? "Save" : "Add user"} onSubmit={save} onCancel={onClose} guard={false}>
        <TextField name="email" label="E-mail" type="email" value={email} onChange={setEmail} required autoFocus autoComplete="off" />
        <TextField name="name" label="Name" value={name} onChange={setName} required autoComplete="off" />
        <SelectField name="role" label="Role" value={role} onChange={setRole} options={options} />
        <TextField name="password" label={user ? "New password" : "Password"} type="password" value={password} onChange={setPassword} required={!user} autoComplete="new-password" hint={user ? "Empty: stays as it is." : undefined} />
      </Form>
    </Dialog>
  );
}

function Users() {
  const users = useResource("users", () => api.users.list({ limit: 200 }));
  const [editing, setEditing] = useState<User | "new" | null>(null);
  const [deleting, setDeleting] = useState<User | null>(null);
  return (
    <>
      <p style={{ marginBottom: 18 }}><button className="btn main" data-key="n" onClick={() => setEditing("new")}>Add user</button></p>
      <Loaded from={users}>
        {({ items }) => (
          <table className="table cards">
            <thead><tr><th>User</th><th>Role</th><th>Added</th><th><span className="hidden">Actions</span></th></tr></thead>
            <tbody>{items.map((one) => (
              <tr key={one.id}><td className="wide"><strong>{one.name || one.email}</strong><span className="under">{one.email}</span></td><td data-name="Role">{roleName(one.role)}</td><td data-name="Added"><When time={one.created_at} /></td>
                <td className="rowacts wide"><button className="btn bare tiny" aria-label={`Edit ${one.email}`} onClick={() => setEditing(one)}>Edit</button><button className="btn bare tiny" aria-label={`Delete ${one.email}`} onClick={() => setDeleting(one)}>Delete</button></td></tr>
            ))}</tbody>
          </table>
        )}
      </Loaded>
      {editing && <UserDialog user={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />}
      <Invitations />
      {deleting && <Confirm title={`Delete ${deleting.email}?`} action="Delete user" onClose={() => setDeleting(null)} onConfirm={async () => { await api.users.remove(deleting.id); invalidate("users"); say("The user is deleted."); }}>They are signed out and their tokens stop working.</Confirm>}
    </>
  );
}

export function SettingsPage({ tab }: { tab: "account" | "notifications" | "agents" | "tokens" | "users" | "teams" | "roles" | "audit" }) {
  useTitle("Settings");
  const may = useMay();
  const tabs = [["account", "/settings", "Account"], ["notifications", "/settings/notifications", "Notifications"], ["agents", "/settings/agents", "Agents"], ["tokens", "/settings/tokens", "API tokens"], ["users", "/settings/users", "Users"], ["teams", "/settings/teams", "Teams"], ["roles", "/settings/roles", "Roles"], ["audit", "/settings/audit", "Audit"]] as const;
  const needs: Record<string, string> = { agents: "enrolment:read", users: "users:read", teams: "teams:read", roles: "roles:read", audit: "audit:read" };
  const shown = (key: string) => !needs[key] || may(needs[key]);
  return (
    <>
      <Head title="Settings" />
      <nav className="tabs" aria-label="Settings">{tabs.filter(([key]) => shown(key)).map(([key, href, words]) => <Link key={key} href={href} aria-current={key === tab ? "page" : undefined}>{words}</Link>)}</nav>
      {tab === "account" && <Account />}
      {tab === "notifications" && <Notifications />}
      {!shown(tab) && <Denied />}
      {tab === "agents" && shown(tab) && <Agents />}
      {tab === "tokens" && <Tokens />}
      {tab === "audit" && shown(tab) && <Audit />}
      {tab === "users" && shown(tab) && <Users />}
      {tab === "teams" && shown(tab) && <Teams />}
      {tab === "roles" && shown(tab) && <Roles />}
    </>
  );
}
