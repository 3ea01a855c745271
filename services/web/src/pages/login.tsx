import { useEffect, useState } from "react";
import { asProblem } from "../api/problem";
import { finishSignIn, signIn, signInWays } from "../api/session";
import type { LoginChallenge } from "../api/types";
import { Link } from "../lib/router";
import { useTitle } from "../parts/basics";
import { Door } from "../parts/door";

export function LoginPage({ reason }: { reason?: string }) {
  useTitle("Sign in");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [keep, setKeep] = useState(true);
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState(reason);
  const [challenge, setChallenge] = useState<LoginChallenge | null>(null);
  const [code, setCode] = useState("");
  const [provider, setProvider] = useState<{ label: string } | null>(null);
  useEffect(() => {
    // Without an answer the password is the way.
    signInWays().then((ways) => setProvider(ways.oidc), () => undefined);
  }, []);

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setMessage(undefined);
    try {
      if (challenge) await finishSignIn(challenge, code, keep);
      else setChallenge(await signIn(email.trim(), password, keep));
      setBusy(false);
    } catch (error) {
      const problem = asProblem(error);
      if (challenge && problem.status === 401 && /challenge is over/.test(problem.message)) setChallenge(null);
      const wait = problem.retryAfterSeconds ? ` Try again in ${problem.retryAfterSeconds} s.` : "";
      setMessage(problem.status === 401 && !challenge ? "E-mail or password is wrong." : problem.message + wait);
      setBusy(false);
    }
  };
  return (
    <Door>
      <form onSubmit={(event) => void submit(event)} aria-label="Sign in">
        <h2>Sign in</h2>
        {message && <div className="note bad" role="alert">{message}</div>}
        {challenge ? (
          <div className="field">
            <label className="name" htmlFor="code">Code of your application</label>
            <input id="code" className="mono" required autoFocus autoComplete="one-time-code" spellCheck={false} value={code} onChange={(event) => setCode(event.target.value)} />
            <span className="hint">Or one of your recovery codes.</span>
          </div>
        ) : (
          <>
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
          </>
        )}
        <button className="btn main" disabled={busy}>{busy ? "Signing in …" : "Sign in"}</button>
      </form>
      {provider && !challenge && <p className="more"><a className="btn" href="/api/v1/auth/oidc/start">{provider.label}</a></p>}
      <p className="more"><Link href="/forgot-password">Forgot your password?</Link></p>
    </Door>
  );
}
