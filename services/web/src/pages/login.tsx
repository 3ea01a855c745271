import { useState } from "react";
import { asProblem } from "../api/problem";
import { signIn } from "../api/session";
import { useTitle } from "../parts/basics";

export function LoginPage({ reason }: { reason?: string }) {
  useTitle("Sign in");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [keep, setKeep] = useState(true);
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState(reason);

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setMessage(undefined);
    try {
      await signIn(email.trim(), password, keep);
    } catch (error) {
      const problem = asProblem(error);
      const wait = problem.retryAfterSeconds ? ` Try again in ${problem.retryAfterSeconds} s.` : "";
      setMessage(problem.status === 401 ? "E-mail or password is wrong." : problem.message + wait);
      setBusy(false);
    }
  };
  return (
    <div className="login">
      <aside>
        <strong>Monitron</strong>
        <h1>See it before they do.</h1>
        <div>
          <svg className="pulse" viewBox="0 0 600 120" preserveAspectRatio="none" aria-hidden="true">
            <path d="M0 70H140l14-22 18 44 20-74 22 84 14-32H330l12-14 16 26 18-52 20 62 12-22H600" />
          </svg>
          <p>Hosts, services and certificates on one calm page. Every alert with its reason.</p>
        </div>
      </aside>
      <form onSubmit={(event) => void submit(event)} aria-label="Sign in">
        <h2>Sign in</h2>
        {message && <div className="note bad" role="alert">{message}</div>}
        <div className="field">
          <label className="name" htmlFor="email">E-mail</label>
          <input id="email" type="email" required autoFocus autoComplete="username" value={email} onChange={(event) => setEmail(event.target.value)} />
        </div>
        <div className="field">
          <label className="name" htmlFor="password">Password</label>
          <input id="password" type="password" required autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} />
        </div>
        <label className="tick">
          <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.target.checked)} />
          <span>Keep me signed in on this device</span>
        </label>
        <button className="btn main" disabled={busy}>{busy ? "Signing in …" : "Sign in"}</button>
      </form>
    </div>
  );
}
