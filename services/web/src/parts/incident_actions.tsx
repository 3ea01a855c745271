import { useState } from "react";
import { api } from "../api/client";
import type { Incident } from "../api/types";
import { endOf, incidentState } from "../lib/incident";
import { personName, usePeople } from "../lib/people";
import { invalidate } from "../lib/resource";
import { toLocalInput } from "../lib/time_range";
import { useMay, useSession } from "../lib/user";
import { Confirm, Dialog, say } from "./basics";
import { Field, Form, SelectField, Tick } from "./form";

// What people do about an incident.

export function readAgain(id: string): void {
  invalidate(`incident/${id}`, "incidents", "alerts", "explain/");
}

const UNTIL: [string, string][] = [
  ["", "it is resolved"], ["3600", "1 hour from now"], ["14400", "4 hours from now"], ["morning", "the next morning, 8:00"], ["own", "another time"],
];

function Acknowledge({ id, onClose }: { id: string; onClose: () => void }) {
  const [comment, setComment] = useState("");
  const [until, setUntil] = useState("");
  const [own, setOwn] = useState(toLocalInput(Date.now() + 7_200_000));
  const [sticky, setSticky] = useState(false);
  const save = async () => {
    await api.incidents.acknowledge(id, { comment: comment.trim(), expires_at: endOf(until, own), sticky });
    readAgain(id);
    say("The incident is acknowledged.");
    onClose();
  };
  return (
    <Dialog title="Acknowledge the incident" onClose={onClose}>
      <p className="quiet" style={{ marginBottom: 14 }}>Others see that somebody is at it, and reminders stop.</p>
      <Form action="Acknowledge" onSubmit={save} onCancel={onClose} guard={false}>
        <Field name="comment" label="Comment">{(props) => <textarea {...props} className="prose" autoFocus rows={3} maxLength={4000} value={comment} placeholder="What you know, what you do about it" onChange={(event) => setComment(event.target.value)} />}</Field>
        <SelectField name="expires_at" label="Until" value={until} onChange={setUntil} options={UNTIL} />
        {until === "own" && <Field name="own" label="Until when">{(props) => <input {...props} type="datetime-local" required value={own} onChange={(event) => setOwn(event.target.value)} />}</Field>}
        <Tick label="Keep it when the trouble gets worse" checked={sticky} onChange={setSticky} hint="Otherwise it ends when the severity rises, or a check that warned is down." />
      </Form>
    </Dialog>
  );
}

function Assign({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const session = useSession();
  const self = session.phase === "in" ? session.user : null;
  const me = self?.id ?? "";
  const people = usePeople();
  const [user, setUser] = useState(incident.assignee?.id ?? me);
  const save = async () => {
    await api.incidents.assign(incident.id, user || null);
    readAgain(incident.id);
    say(user ? "The incident is assigned." : "The incident is nobody's.");
    onClose();
  };
  // Who may not see the accounts takes it, or leaves it to whom it is assigned.
  const others = incident.assignee && incident.assignee.id !== me ? [{ ...incident.assignee, email: "" }] : [];
  const options = (people ?? [...(self ? [self] : []), ...others]).map((one): [string, string] => [one.id, one.id === me ? `${personName(one)} (you)` : personName(one)]);
  return (
    <Dialog title="Who sees to it?" onClose={onClose}>
      <Form action="Assign" onSubmit={save} onCancel={onClose} guard={false}>
        <SelectField name="user_id" label="Assigned to" value={user} onChange={setUser} options={[["", "Nobody"], ...options]} />
      </Form>
    </Dialog>
  );
}

function Note({ id, onClose }: { id: string; onClose: () => void }) {
  const [text, setText] = useState("");
  const save = async () => {
    await api.incidents.note(id, text.trim());
    readAgain(id);
    say("The note is added.");
    onClose();
  };
  return (
    <Dialog title="Add a note" onClose={onClose}>
      <Form action="Add note" onSubmit={save} onCancel={onClose} guard={false}>
        <Field name="text" label="Note" required>{(props) => <textarea {...props} className="prose" required autoFocus rows={4} maxLength={4000} value={text} onChange={(event) => setText(event.target.value)} />}</Field>
      </Form>
    </Dialog>
  );
}

// For those who may; of an incident of one's own threshold for its person, too.
export function IncidentActions({ incident }: { incident: Incident }) {
  const may = useMay();
  const session = useSession();
  const isOwn = session.phase === "in" && session.user.id === incident.audience;
  const [open, setOpen] = useState<"acknowledge" | "take-back" | "assign" | "note" | null>(null);
  const close = () => setOpen(null);
  const state = incidentState(incident);
  const mayAcknowledge = isOwn || may("incidents:acknowledge", "something");
  return (
    <>
      {mayAcknowledge && state === "open" && <button className="btn main" data-key="a" onClick={() => setOpen("acknowledge")}>Acknowledge</button>}
      {mayAcknowledge && state === "acknowledged" && <button className="btn" onClick={() => setOpen("take-back")}>Take back acknowledgement</button>}
      {may("incidents:assign", "something") && <button className="btn" onClick={() => setOpen("assign")}>Assign</button>}
      {(isOwn || may("incidents:note", "something")) && <button className="btn" data-key="n" onClick={() => setOpen("note")}>Add note</button>}
      {open === "acknowledge" && <Acknowledge id={incident.id} onClose={close} />}
      {open === "assign" && <Assign incident={incident} onClose={close} />}
      {open === "note" && <Note id={incident.id} onClose={close} />}
      {open === "take-back" && (
        <Confirm title="Take the acknowledgement back?" action="Take back" onClose={close} onConfirm={async () => { await api.incidents.takeBack(incident.id); readAgain(incident.id); say("The incident is open again."); }}>
          The incident is open again, and reminders go on.
        </Confirm>
      )}
    </>
  );
}
