import { useState } from "react";
import { api } from "../api/client";
import { invalidate, useResource } from "../lib/resource";
import { Copy, Dialog, Loaded, say } from "../parts/basics";
import { Form, TextField } from "../parts/form";
import { QrCode } from "../parts/qr_code";

interface Proof {
  action: string;
  hint: string;
  withCode?: boolean;
  onGiven: (password: string, code: string) => Promise<void>;
  onClose: () => void;
}

function Password({ action, hint, withCode, onGiven, onClose }: Proof) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  return (
    <Form action={action} onSubmit={() => onGiven(password, code)} onCancel={onClose} guard={false}>
      <TextField name="password" label="Password" type="password" value={password} onChange={setPassword} required autoFocus autoComplete="current-password" hint={hint} />
      {withCode && <TextField name="code" label="Code of your application" value={code} onChange={setCode} required mono autoComplete="one-time-code" hint="Or one of your recovery codes." />}
    </Form>
  );
}

// Password, then code and QR code, then the recovery codes, once.
function Enrolment({ onClose }: { onClose: () => void }) {
  const [begun, setBegun] = useState<{ secret: string; uri: string }>();
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<string[]>();
  const confirm = async () => {
    setCodes((await api.account.confirmTotp(code)).recovery_codes);
    invalidate("totp");
  };
  if (codes) {
    return (
      <Dialog title="Keep these recovery codes" onClose={onClose}>
        <p className="quiet">Each lets you in once when you have lost your application. They are shown only now.</p>
        <Copy text={codes.join("\n")} />
        <div className="actions"><button className="btn main" autoFocus onClick={onClose}>I have kept them</button></div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Turn on the second factor" onClose={onClose}>
      {begun ? (
        <Form action="Turn on" onSubmit={confirm} onCancel={onClose} guard={false}>
          <p className="quiet">Scan this with your authenticator application, or type the secret into it.</p>
          <QrCode text={begun.uri} label="QR code for the authenticator application" />
          <Copy text={begun.secret} />
          <TextField name="code" label="Code that it shows" value={code} onChange={setCode} required mono autoFocus autoComplete="one-time-code" />
        </Form>
      ) : (
        <Password action="Go on" hint="So that nobody else does this at your screen." onClose={onClose} onGiven={async (password) => setBegun(await api.account.beginTotp(password))} />
      )}
    </Dialog>
  );
}

export function SecondFactor() {
  const state = useResource("totp", () => api.account.totp());
  const [dialog, setDialog] = useState<"on" | "off" | null>(null);
  const turnOff = async (password: string, code: string) => {
    await api.account.endTotp(password, code);
    invalidate("totp");
    say("The second factor is turned off.");
    setDialog(null);
  };
  return (
    <section aria-label="Second factor">
      <h2 style={{ margin: "30px 0 6px" }}>Second factor</h2>
      <Loaded from={state}>
        {({ enabled, recovery_codes_left: left }) => enabled ? (
          <>
            <p>On: signing in takes a code of your application. {left === 1 ? "1 recovery code is" : `${left} recovery codes are`} left.</p>
            <p style={{ marginTop: 10 }}><button className="btn" onClick={() => setDialog("off")}>Turn off</button></p>
          </>
        ) : (
          <>
            <p>Off: the password alone lets you in.</p>
            <p style={{ marginTop: 10 }}><button className="btn" onClick={() => setDialog("on")}>Turn on</button></p>
          </>
        )}
      </Loaded>
      {dialog === "on" && <Enrolment onClose={() => setDialog(null)} />}
      {dialog === "off" && (
        <Dialog title="Turn off the second factor" onClose={() => setDialog(null)}>
          <Password action="Turn off" withCode hint="From then on the password alone lets you in." onClose={() => setDialog(null)} onGiven={turnOff} />
        </Dialog>
      )}
    </section>
  );
}
