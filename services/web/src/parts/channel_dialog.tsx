import { useState } from "react";
import { api } from "../api/client";
import type { Channel, ChannelInput } from "../api/alerting_types";
import { invalidate } from "../lib/resource";
import { MASK } from "../lib/schema";
import { useSession } from "../lib/user";
import { Copy, Dialog, say } from "./basics";
import { Form, Pick, SecretField, TextField, Tick } from "./form";

// One way to reach its owner. The secret of a webhook that was made here is shown once.
export function ChannelDialog({ channel, onClose }: { channel?: Channel; onClose: () => void }) {
  const session = useSession();
  const own = session.phase === "in" ? session.user.email : "";
  const [kind, setKind] = useState(channel?.kind ?? "email");
  const [name, setName] = useState(channel?.name ?? "");
  const [address, setAddress] = useState(channel?.address ?? own);
  const [url, setUrl] = useState(channel?.url ?? "");
  const [secret, setSecret] = useState(channel?.secret ?? "");
  const [enabled, setEnabled] = useState(channel?.enabled ?? true);
  const [made, setMade] = useState("");
  const proposed = kind === "email" ? address : url.replace(/^https?:\/\/([^/]*).*$/, "$1");
  const save = async () => {
    const target = kind === "email" ? { address: address.trim() } : { url: url.trim(), ...(secret ? { secret } : {}) };
    const body: ChannelInput = { name: name.trim() || proposed, kind, enabled, ...target };
    const stored = channel ? await api.channels.replace(channel.id, body, channel.version) : await api.channels.add(body);
    invalidate("channels");
    if (stored.secret && stored.secret !== MASK && stored.secret !== secret) return setMade(stored.secret);
    say(channel ? "Saved." : `${body.name} is added.`);
    onClose();
  };
  if (made) {
    return (
      <Dialog title="The secret of this webhook" onClose={onClose}>
        <p className="quiet">It is shown only now. With it the receiver checks that a message comes from here: each carries an HMAC-SHA256 of its time and body.</p>
        <Copy text={made} />
        <div className="actions"><button className="btn main" autoFocus onClick={onClose}>Done</button></div>
      </Dialog>
    );
  }
  return (
    <Dialog title={channel ? `Edit ${channel.name}` : "Add a channel"} onClose={onClose}>
      <Form action={channel ? "Save" : "Add channel"} onSubmit={save} onCancel={onClose} guard={false}>
        {!channel && <Pick<"email" | "webhook"> legend="Kind" name="kind" value={kind} onChange={setKind} options={[["email", "E-mail", "To an address"], ["webhook", "Webhook", "JSON to an address of yours, signed"]]} />}
        {kind === "email" ? <TextField name="address" label="Address" type="email" value={address} onChange={setAddress} required />
          : (
            <>
              <TextField name="url" label="URL" type="url" value={url} onChange={setUrl} required mono placeholder="https://hooks.example.org/monitron" />
              <SecretField name="secret" label="Secret" value={secret} onChange={setSecret} hint="At least 16 characters; empty: one is made and shown once." />
            </>
          )}
        <TextField name="name" label="Name" value={name} onChange={setName} placeholder={proposed} hint={proposed && "Empty: as proposed."} />
        <Tick label="Enabled" checked={enabled} onChange={setEnabled} />
      </Form>
    </Dialog>
  );
}
