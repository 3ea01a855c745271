import { useState } from "react";
import { acceptInvitation } from "../api/session";
import { useLetterToken } from "../lib/letter_token";
import { Link, navigate } from "../lib/router";
import { useTitle } from "../parts/basics";
import { Door } from "../parts/door";
import { Form, TextField } from "../parts/form";

export function AcceptInvitationPage() {
  useTitle("Invitation");
  const token = useLetterToken();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const open = async () => {
    await acceptInvitation(token, name.trim(), password);
    navigate("/");
  };
  return (
    <Door>
      <h2>{token ? "Welcome. Open your account" : "The link is not complete"}</h2>
      {token ? (
        <Form action="Open my account" onSubmit={open} guard={false}>
          <TextField name="name" label="Your name" value={name} onChange={setName} required autoFocus autoComplete="name" />
          <TextField name="password" label="Password" type="password" value={password} onChange={setPassword} required autoComplete="new-password" minLength={12} hint="At least 12 characters, and not what everybody tries first." />
        </Form>
      ) : <p>Open it from the letter once more, or ask who invited you for another one.</p>}
      <p className="more"><Link href="/">I have an account</Link></p>
    </Door>
  );
}
