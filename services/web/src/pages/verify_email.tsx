import { useEffect, useRef, useState } from "react";
import { asProblem } from "../api/problem";
import { askOpenly, refresh, sessionState } from "../api/session";
import { useLetterToken } from "../lib/letter_token";
import { Link } from "../lib/router";
import { useTitle } from "../parts/basics";
import { Door } from "../parts/door";

export function VerifyEmailPage() {
  useTitle("E-mail address");
  const token = useLetterToken();
  const asked = useRef(false);
  const [state, setState] = useState<"asking" | "done" | string>("asking");
  useEffect(() => {
    if (asked.current) return;
    asked.current = true; // a token is good once
    askOpenly("email/verify", { token })
      .then(async () => {
        setState("done");
        if (sessionState().phase === "in") await refresh();
      })
      .catch((error: unknown) => {
        const problem = asProblem(error);
        setState(problem.fields.length > 0 ? "The link is unknown, used or too old. Ask for another letter in the settings." : problem.message);
      });
  }, [token]);
  return (
    <Door>
      <h2>{state === "done" ? "This is your address" : "Your e-mail address"}</h2>
      {state === "asking" && <p role="status">One moment …</p>}
      {state === "done" && <p role="status">Thank you. Letters about your account reach you.</p>}
      {state !== "asking" && state !== "done" && <div className="note bad" role="alert">{state}</div>}
      <p className="more"><Link href="/">Go on to Monitron</Link></p>
    </Door>
  );
}
