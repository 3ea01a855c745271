import { useEffect, useRef, useState } from "react";
import { asProblem } from "../api/problem";
import { finishAtProvider } from "../api/session";
import { Link, navigate, useLocation } from "../lib/router";
import { Loading, useTitle } from "../parts/basics";
import { Door } from "../parts/door";

// Where the OpenID provider leads back to.

const REASONS: Record<string, string> = {
  expired: "It took too long, was done before, or began in another browser.",
  refused: "The sign-in was not accepted: it was cancelled, or what the provider said is not valid.",
  unavailable: "The provider cannot be reached just now. You can still sign in with a password.",
  unknown: "There is no account for you here. Please ask an administrator.",
  throttled: "There were too many failed tries from your network. Please wait some minutes.",
};

export const reasonText = (reason: string | null) => REASONS[reason ?? ""] ?? "Please try again.";

function Failed({ text }: { text: string }) {
  useTitle("Not signed in");
  return (
    <Door>
      <h2>You are not signed in</h2>
      <div className="note bad" role="alert">{text}</div>
      <p className="more"><Link href="/">Back to sign in</Link></p>
    </Door>
  );
}

export function SignInFailedPage() {
  return <Failed text={reasonText(useLocation().query.get("reason"))} />;
}

export function SignedInPage() {
  const [failure, setFailure] = useState<string>();
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return; // what lets in is good once
    asked.current = true;
    finishAtProvider().then(
      () => navigate("/", { replace: true }),
      (error) => setFailure(asProblem(error).status === 401 ? reasonText("expired") : asProblem(error).message),
    );
  }, []);
  return failure ? <Failed text={failure} /> : <main><Loading /></main>;
}
