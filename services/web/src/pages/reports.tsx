import { useState } from "react";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import type { Labels, Report, ReportFormat, ReportSchedule } from "../api/types";
import { bytes, rangeIn } from "../lib/format";
import { invalidate, useResource } from "../lib/resource";
import { Link } from "../lib/router";
import { fromLocalInput, toLocalInput } from "../lib/time_range";
import { ownTimeZone, timeZones } from "../lib/time_zones";
import { useMay } from "../lib/user";
import { Confirm, Dialog, Empty, Head, Loaded, say, useTitle, When } from "../parts/basics";
import { Field, Form, listOf, PairsField, SelectField, TextField } from "../parts/form";
import { State, type Tone } from "../parts/state";

const STATES: Record<Report["state"], [Tone, string]> = {
  queued: ["unknown", "Waiting"], running: ["unknown", "Running"], done: ["up", "Ready"], failed: ["down", "Failed"],
};

export function ZoneOptions({ name, value, onChange }: { name: string; value: string; onChange: (zone: string) => void }) {
  return <SelectField name={name} label="Time zone" value={value} onChange={onChange} options={timeZones().map((zone) => [zone, zone])} />;
}

async function download(report: Report): Promise<void> {
  try {
    const url = URL.createObjectURL(await api.reports.download(report.id));
    const link = document.createElement("a");
    link.href = url;
    link.download = report.file_name || `report-${report.id}.${report.format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 30_000);
  } catch (error) {
    say(asProblem(error).message);
  }
}

const DAY = 86_400_000;
function midnight(daysAgo: number): number {
  const at = new Date();
  at.setHours(0, 0, 0, 0);
  return at.getTime() - daysAgo * DAY;
}
const SPANS: [string, () => [number, number]][] = [
  ["Today", () => [midnight(0), Date.now()]], ["Yesterday", () => [midnight(1), midnight(0)]],
  ["Last 7 days", () => [midnight(7), Date.now()]], ["Last 30 days", () => [midnight(30), Date.now()]],
];

function RequestDialog({ onClose }: { onClose: () => void }) {
  const [format, setFormat] = useState<ReportFormat>("pdf");
  const [from, setFrom] = useState(toLocalInput(midnight(0)));
  const [to, setTo] = useState(toLocalInput(Date.now()));
  const [zone, setZone] = useState(ownTimeZone());
  const [labels, setLabels] = useState<Labels>({});
  const [groupBy, setGroupBy] = useState("");
  const [recipients, setRecipients] = useState("");
  const request = async () => {
    await api.reports.request({
      kind: "availability", format, from: new Date(fromLocalInput(from)).toISOString(), to: new Date(fromLocalInput(to)).toISOString(), time_zone: zone,
      ...(Object.keys(labels).length > 0 ? { filter: { labels } } : {}), ...(groupBy.trim() ? { group_by: groupBy.trim() } : {}), ...(listOf(recipients).length > 0 ? { recipients: listOf(recipients) } : {}),
    });
    invalidate("reports");
    say("The report is being made.");
    onClose();
  };
  return (
    <Dialog title="Request an availability report" onClose={onClose}>
      <Form action="Request report" onSubmit={request} onCancel={onClose} guard={false}>
        <p className="actions" style={{ margin: "0 0 14px", justifyContent: "flex-start" }}>
          {SPANS.map(([words, range]) => <button type="button" className="btn tiny" key={words} onClick={() => { const [begin, end] = range(); setFrom(toLocalInput(begin)); setTo(toLocalInput(end)); }}>{words}</button>)}
        </p>
        <div className="grid2">
          <Field name="from" label="From">{(props) => <input {...props} type="datetime-local" required value={from} onChange={(event) => setFrom(event.target.value)} />}</Field>
          <Field name="to" label="To">{(props) => <input {...props} type="datetime-local" required value={to} onChange={(event) => setTo(event.target.value)} />}</Field>
          <SelectField name="format" label="Format" value={format} onChange={(value) => setFormat(value as ReportFormat)} options={[["pdf", "PDF"], ["csv", "CSV"]]} />
          <ZoneOptions name="time_zone" value={zone} onChange={setZone} />
        </div>
        <TextField name="recipients" label="Send to" value={recipients} onChange={setRecipients} placeholder="ops@example.org" hint="E-mail addresses; empty: only for download." />
        <PairsField name="filter" label="Only checks with these labels" value={labels} onChange={setLabels} />
        <TextField name="group_by" label="By the label" value={groupBy} onChange={setGroupBy} placeholder="env" mono hint="A section for each of its values. Empty: all checks in one." />
      </Form>
    </Dialog>
  );
}

const spanOf = (one: Report) => rangeIn(one.time_zone, Date.parse(one.from), Date.parse(one.to));

function Files() {
  const reports = useResource("reports", () => api.reports.list({ limit: 100 }), { everySeconds: 2 });
  return (
    <Loaded from={reports}>
      {({ items }) => items.length === 0 ? <Empty title="No reports yet">Request one above, or let a schedule send one every day.</Empty> : (
        <table className="table cards">
          <thead><tr><th style={{ width: 110 }}>State</th><th>Report</th><th>Time range</th><th style={{ width: 110 }}>Requested</th><th className="num" style={{ width: 90 }}>Size</th><th><span className="hidden">Download</span></th></tr></thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id}>
                <td><State tone={STATES[one.state]?.[0] ?? "unknown"}>{STATES[one.state]?.[1] ?? one.state}</State></td>
                <td><strong>Availability</strong> <span className="quiet">{one.format.toUpperCase()}{one.schedule_id ? " · scheduled" : ""}</span>{one.error && <span className="under">{one.error}</span>}</td>
                <td data-name="Time range">{spanOf(one)}{one.time_zone && <span className="under">{one.time_zone}</span>}</td>
                <td data-name="Requested"><When time={one.created_at} /></td><td data-name="Size" className="num">{one.size_bytes ? bytes(one.size_bytes) : "–"}</td>
                <td className="rowacts wide">{one.state === "done" && <button className="btn tiny" aria-label={`Download ${one.file_name ?? "report"}`} onClick={() => void download(one)}>Download</button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Loaded>
  );
}

function Schedules() {
  const mayEdit = useMay()("reports:write");
  const schedules = useResource("schedules", () => api.schedules.list({ limit: 200 }), { everySeconds: 60 });
  const [deleting, setDeleting] = useState<ReportSchedule | null>(null);
  return (
    <Loaded from={schedules}>
      {({ items }) => (
        <>
          {items.length === 0 ? <Empty title="No schedules yet" actions={mayEdit && <Link className="btn main" href="/reports/schedules/new">Add a schedule</Link>}>A schedule makes a report every day and sends it by e-mail.</Empty> : (
            <table className="table cards">
              <thead><tr><th>Schedule</th><th>When</th><th>Recipients</th><th style={{ width: 110 }}>Next</th>{mayEdit && <th><span className="hidden">Actions</span></th>}</tr></thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.id}>
                    <td><strong>{one.name}</strong> <span className="quiet">{one.format.toUpperCase()}</span></td><td data-name="When">Daily at {one.at}<span className="under">{one.time_zone}</span></td>
                    <td className="wide" data-name="Recipients" style={{ overflowWrap: "anywhere" }}>{one.recipients.join(", ") || "–"}</td><td data-name="Next">{one.enabled ? <When time={one.next_run_at} /> : "Paused"}</td>
                    {mayEdit && <td className="rowacts wide"><Link className="btn bare tiny" href={`/reports/schedules/${one.id}/edit`} aria-label={`Edit ${one.name}`}>Edit</Link><button className="btn bare tiny" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one)}>Delete</button></td>}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {deleting && <Confirm title={`Delete ${deleting.name}?`} action="Delete schedule" onClose={() => setDeleting(null)} onConfirm={async () => { await api.schedules.remove(deleting.id); invalidate("schedules"); say("The schedule is deleted."); }}>Reports it has made are kept.</Confirm>}
        </>
      )}
    </Loaded>
  );
}

export function ReportsPage({ tab }: { tab: "files" | "schedules" }) {
  useTitle("Reports");
  const mayEdit = useMay()("reports:write");
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Head title="Reports">
        {mayEdit && tab === "files" && <button className="btn main" data-key="n" onClick={() => setAsking(true)}>Request report</button>}
        {mayEdit && tab === "schedules" && <Link className="btn main" data-key="n" href="/reports/schedules/new">Add schedule</Link>}
      </Head>
      <nav className="tabs" aria-label="Reports"><Link href="/reports" aria-current={tab === "files" ? "page" : undefined}>Files</Link><Link href="/reports/schedules" aria-current={tab === "schedules" ? "page" : undefined}>Schedules</Link></nav>
      {tab === "files" ? <Files /> : <Schedules />}
      {asking && <RequestDialog onClose={() => setAsking(false)} />}
    </>
  );
}
