import { useState } from "react";
import { api } from "../api/client";
import { know, signOut } from "../api/session";
import type { OwnSession, User } from "../api/types";
import { invalidate, useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { roleName } from "../lib/roles";
import { chooseTheme, useTheme, type Theme } from "../lib/theme";
import { useSession } from "../lib/user";
import { agentWords } from "../lib/user_agent";
import { Confirm, Dialog, Loaded, say, When } from "../parts/basics";
import { Form, TextField } from "../parts/form";
import { SecondFactor } from "./second_factor";

function PasswordDialog({ onClose }: { onClose: () => void }) {
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const save = async () => {
    await api.changePassword(before, after);
    invalidate("sessions");
    say("The password is changed. Other sessions have ended.");
    onClose();
  };
  return (
    <Dialog title="Change the password" onClose={onClose}>
      <Form action="Change password" onSubmit={save} onCancel={onClose} guard={false}>
        <TextField name="old_password" label="Password now" type="password" value={before} onChange={setBefore} required autoFocus autoComplete="current-password" />
        <TextField name="new_password" label="New password" type="password" value={after} onChange={setAfter} required autoComplete="new-password" hint="Wherever else you are signed in, you are signed out." />
      </Form>
    </Dialog>
  );
}

function ProfileDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const [name, setName] = useState(user.name);
  const [email, setEmail] = useState(user.email);
  const [password, setPassword] = useState("");
  const moved = email.trim() !== user.email;
  const save = async () => {
    know(await api.account.change({ name, ...(moved ? { email: email.trim(), password } : {}) }));
    say("Saved.");
    onClose();
  };
  return (
    <Dialog title="Edit the profile" onClose={onClose}>
      <Form action="Save" onSubmit={save} onCancel={onClose} guard={false}>
        <TextField name="name" label="Name" value={name} onChange={setName} autoFocus autoComplete="name" />
        <TextField name="email" label="E-mail" type="email" value={email} onChange={setEmail} required autoComplete="email" />
        {moved && <TextField name="password" label="Password" type="password" value={password} onChange={setPassword} required autoComplete="current-password" hint="Needed for another address: letters about your account go there." />}
      </Form>
    </Dialog>
  );
}

function Verification({ user }: { user: User }) {
  const [message, setMessage] = useState<string>();
  if (user.email_verified_at) return <span className="quiet"> verified</span>;
  const ask = () => api.account.askToVerify().then(() => setMessage("A letter is on its way."), (error: Error) => setMessage(error.message));
  return <span className="quiet"> not verified {message ? <span role="status">{message}</span> : <button className="btn bare tiny" onClick={() => void ask()}>Send a letter</button>}</span>;
}

function Sessions() {
  const sessions = useResource("sessions", () => api.account.sessions(), { everySeconds: 30 });
  const [ending, setEnding] = useState<OwnSession | "others" | null>(null);
  const end = async () => {
    if (ending === "others") await api.account.endOtherSessions();
    else if (ending) await api.account.endSession(ending.id);
    invalidate("sessions");
    say("Signed out there.");
  };
  return (
    <section aria-label="Where you are signed in">
      <h2 style={{ margin: "30px 0 10px" }}>Where you are signed in</h2>
      <Loaded from={sessions}>
        {({ items }) => (
          <>
            <table className="table cards">
              <thead><tr><th>With</th><th>From</th><th>Since</th><th>Last used</th><th><span className="hidden">Actions</span></th></tr></thead>
              <tbody>{items.map((one) => (
                <tr key={one.id}><td className="wide"><strong title={one.user_agent}>{agentWords(one.user_agent)}</strong>{one.current && <span className="under">This session</span>}</td><td data-name="From" className="mono">{one.address}</td>
                  <td data-name="Since"><When time={one.created_at} /></td><td data-name="Last used"><When time={one.last_used_at} /></td>
                  <td className="rowacts wide">{!one.current && <button className="btn bare tiny" aria-label={`Sign out ${agentWords(one.user_agent)} at ${one.address}`} onClick={() => setEnding(one)}>Sign out</button>}</td></tr>
              ))}</tbody>
            </table>
            {items.length > 1 && <p style={{ marginTop: 10 }}><button className="btn" onClick={() => setEnding("others")}>Sign out everywhere else</button></p>}
          </>
        )}
      </Loaded>
      {ending && <Confirm title={ending === "others" ? "Sign out everywhere else?" : `Sign out ${agentWords(ending.user_agent)}?`} action="Sign out" onClose={() => setEnding(null)} onConfirm={end}>Whoever sits there has to sign in again, within ten seconds at the latest.</Confirm>}
    </section>
  );
}

export function Account() {
  const [dialog, setDialog] = useState<"password" | "profile" | null>(null);
  const session = useSession();
  const { chosen } = useTheme();
  if (session.phase !== "in") return null;
  const { user } = session;
  const themes: [Theme, string][] = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]];
  return (
    <div className="form">
      <dl className="facts" style={{ marginBottom: 26 }}>
        <div><dt>Name</dt><dd>{user.name}</dd></div><div><dt>E-mail</dt><dd>{user.email}<Verification user={user} /></dd></div>
        <div><dt>Role</dt><dd>{roleName(user.role)}</dd></div>
      </dl>
      <p style={{ marginBottom: 26 }}><button className="btn" onClick={() => setDialog("profile")}>Edit profile</button> <button className="btn" onClick={() => setDialog("password")}>Change password</button></p>
      {dialog === "password" && <PasswordDialog onClose={() => setDialog(null)} />}
      {dialog === "profile" && <ProfileDialog user={user} onClose={() => setDialog(null)} />}
      <SecondFactor />
      <Sessions />
      <h2 style={{ margin: "30px 0 10px" }}>Appearance</h2>
      <div className="seg" role="group" aria-label="Theme">{themes.map(([theme, words]) => <button key={theme} aria-pressed={chosen === theme} onClick={() => chooseTheme(theme)}>{words}</button>)}</div>
      <h2 style={{ margin: "30px 0 6px" }}>For programs</h2>
      <p>The whole API is described at <a href="/swagger/index.html">/swagger/index.html</a>; <Link href="/graphiql">GraphiQL</Link> asks it by GraphQL.</p>
      <p style={{ marginTop: 30 }}><button className="btn" onClick={() => void signOut()}>Sign out</button></p>
    </div>
  );
}
