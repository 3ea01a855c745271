import { useState } from "react";
import { askOpenly } from "../api/session";
import { useLetterToken } from "../lib/letter_token";
import { Link } from "../lib/router";
import { useTitle } from "../parts/basics";
import { Door } from "../parts/door";
import { Form, TextField } from "../parts/form";

export function ForgotPasswordPage() {
  useTitle("Forgotten password");
  const [email, setEmail] = useState("");
  const [asked, setAsked] = useState(false);
  const ask = async () => {
    await askOpenly("password/forgot", { email: email.trim() });
    setAsked(true);
  };
  return (
    <Door>
      <h2>{asked ? "Look into your mailbox" : "Forgot your password?"}</h2>
      {asked ? (
        <p role="status">If there is an account with the address <b>{email.trim()}</b>, a letter is on its way to it. Its link works once, within 30 minutes.</p>
      ) : (
        <Form action="Send me a letter" onSubmit={ask} guard={false}>
          <TextField name="email" label="E-mail" type="email" value={email} onChange={setEmail} required autoFocus autoComplete="username" hint="You get a letter with a link to choose a new password." />
        </Form>
      )}
      <p className="more"><Link href="/">Back to signing in</Link></p>
    </Door>
  );
}

export function ResetPasswordPage() {
  useTitle("New password");
  const token = useLetterToken();
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);
  const save = async () => {
    await askOpenly("password/reset", { token, password });
    setDone(true);
  };
  if (!token && !done) {
    return (
      <Door>
        <h2>The link is not complete</h2>
        <p>Open it from the letter once more, or ask for another one.</p>
        <p className="more"><Link href="/forgot-password">Ask for a letter</Link></p>
      </Door>
    );
  }
  return (
    <Door>
      <h2>{done ? "Your password is changed" : "Choose a new password"}</h2>
      {done ? (
        <p role="status">Wherever you were signed in, you are signed out.</p>
      ) : (
        <Form action="Change password" onSubmit={save} guard={false}>
          <TextField name="password" label="New password" type="password" value={password} onChange={setPassword} required autoFocus autoComplete="new-password" minLength={12} hint="At least 12 characters, and not what everybody tries first." />
        </Form>
      )}
      <p className="more">{done ? <Link href="/">Sign in</Link> : <Link href="/forgot-password">Ask for another letter</Link>}</p>
    </Door>
  );
}
