import { useState } from "react";
import { api } from "../api/client";
import type { InMaintenance } from "../api/alerting_types";
import type { Labels } from "../api/types";
import { ago, exact } from "../lib/format";
import { startNow } from "../lib/maintenance";
import { invalidate } from "../lib/resource";
import { Link } from "../lib/router";
import { Dialog, say } from "./basics";
import { Form, SelectField, TextField, Tick } from "./form";
import { Icon } from "./icon";

// Maintenance where it matters: at checks and instances.

export function MaintenanceBadge({ of }: { of: { maintenance?: InMaintenance | null } }) {
  const { maintenance } = of;
  if (!maintenance) return null;
  return (
    <Link className="badge" href={`/alerts/maintenance/${maintenance.id}/edit`} title={`${maintenance.name}, until ${exact(maintenance.until)}`}>
      <Icon name="window" />In maintenance
    </Link>
  );
}

const SPANS: [string, string][] = [["1800", "30 minutes"], ["3600", "1 hour"], ["7200", "2 hours"], ["14400", "4 hours"], ["28800", "8 hours"], ["86400", "1 day"]];

// A button that starts maintenance of what has these labels now.
export function StartMaintenance({ name, selector }: { name: string; selector: Labels }) {
  const [open, setOpen] = useState(false);
  const [title, setTitle] = useState(`Maintenance of ${name}`);
  const [seconds, setSeconds] = useState("7200");
  const [counts, setCounts] = useState(true);
  const start = async () => {
    const made = startNow(title.trim(), selector, Number(seconds));
    await api.maintenance.add({ ...made, counts_in_sla: counts });
    invalidate("maintenance", "alerts", "check", "instance");
    say(`Maintenance has begun; it ends ${ago(made.ends_at)}.`);
    setOpen(false);
  };
  return (
    <>
      <button className="btn" onClick={() => setOpen(true)}>Start maintenance</button>
      {open && (
        <Dialog title="Start maintenance now" onClose={() => setOpen(false)}>
          <p className="quiet" style={{ marginBottom: 14 }}>{name} goes on being measured and shown. Nobody is told of what begins meanwhile.</p>
          <Form action="Start maintenance" onSubmit={start} onCancel={() => setOpen(false)} guard={false}>
            <TextField name="name" label="Name" value={title} onChange={setTitle} required />
            <SelectField name="ends_at" label="For" value={seconds} onChange={setSeconds} options={SPANS} />
            <Tick label="Count this time in availability" checked={counts} onChange={setCounts} hint="Otherwise it is no part of reports." />
          </Form>
        </Dialog>
      )}
    </>
  );
}
