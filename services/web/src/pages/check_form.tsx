import { useRef, useState } from "react";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import type { Check, CheckInput, CheckKind, CheckResult, HttpSettings, IcmpSettings, ScriptSettings, TlsSettings } from "../api/types";
import { BLANK_CHECK, definitionOf, inputOf, KIND_DEFAULTS, targetMistake, timeLimit } from "../lib/check_input";
import { exact, latency } from "../lib/format";
import { invalidate, useResource } from "../lib/resource";
import { tookOf } from "../lib/result";
import { Link, navigate, useLocation } from "../lib/router";
import { Head, Loaded, say, useTitle } from "../parts/basics";
import { Form, listOf, NumberField, PairsField, Pick, SelectField, TextField, Tick, Field } from "../parts/form";
import { Phases } from "../parts/gauges";
import { HealthState } from "../parts/state";

const KINDS: [CheckKind, string, string][] = [
  ["http", "HTTP", "A page or an API answers"], ["tcp", "TCP", "A port accepts connections"],
  ["icmp", "Ping", "A host answers, how lossy"], ["tls", "TLS", "A certificate is valid"],
  ["script", "Script", "A program of yours says so"],
];
const TARGETS: Record<CheckKind, [string, string]> = {
  http: ["URL", "https://example.org/health"], tcp: ["Host and port", "db1.example.org:5432"],
  icmp: ["Host", "192.0.2.10"], tls: ["Host and port", "example.org:443"],
  script: ["What it is about", "db1.example.org"],
};
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

function HttpFields({ value, set }: { value: HttpSettings; set: (change: HttpSettings) => void }) {
  const [codes, setCodes] = useState((value.expected_status ?? []).join(", "));
  const sendsBody = !["GET", "HEAD"].includes(value.method ?? "GET");
  return (
    <fieldset>
      <legend>Request and answer</legend>
      <div className="grid2">
        <SelectField name="settings.http.method" label="Method" value={value.method ?? "GET"} onChange={(method) => set({ method })} options={METHODS.map((method) => [method, method])} />
        <TextField name="settings.http.expected_status" label="Expected status" value={codes} mono hint="Codes and ranges, such as 200-299, 304."
          onChange={(text) => { setCodes(text); set({ expected_status: listOf(text) }); }} />
      </div>
      <PairsField name="settings.http.headers" label="Request headers" value={value.headers ?? {}} onChange={(headers) => set({ headers })} names="Header" values="Value" />
      {sendsBody && <Field name="settings.http.body" label="Request body">{(props) => <textarea {...props} value={value.body ?? ""} onChange={(event) => set({ body: event.target.value })} />}</Field>}
      <div className="grid2">
        <TextField name="settings.http.body_contains" label="Answer must contain" value={value.body_contains ?? ""} onChange={(text) => set({ body_contains: text })} mono />
        <TextField name="settings.http.body_not_contains" label="Answer must not contain" value={value.body_not_contains ?? ""} onChange={(text) => set({ body_not_contains: text })} mono />
      </div>
      <Tick label="Follow redirects" checked={value.follow_redirects ?? true} onChange={(follow_redirects) => set({ follow_redirects })} />
      <Tick label="Verify the TLS certificate" checked={value.tls?.verify ?? true} onChange={(verify) => set({ tls: { ...value.tls, verify } })} />
    </fieldset>
  );
}

function IcmpFields({ value, set }: { value: IcmpSettings; set: (change: IcmpSettings) => void }) {
  return (
    <fieldset>
      <legend>Packets</legend>
      <div className="grid4">
        <NumberField name="settings.icmp.count" label="Packets" value={value.count ?? 5} onChange={(count) => set({ count })} min={1} max={100} />
        <NumberField name="settings.icmp.size" label="Size, bytes" value={value.size ?? 56} onChange={(size) => set({ size })} min={0} max={65_000} />
        <NumberField name="settings.icmp.interval_ms" label="Pause, ms" value={value.interval_ms ?? 200} onChange={(interval_ms) => set({ interval_ms })} min={1} max={10_000} />
      </div>
    </fieldset>
  );
}

function TlsFields({ value, set }: { value: TlsSettings; set: (change: TlsSettings) => void }) {
  const [days, setDays] = useState((value.warning_days ?? []).join(", "));
  return (
    <fieldset>
      <legend>Certificate</legend>
      <div className="grid2">
        <TextField name="settings.tls.warning_days" label="Warn so many days before it expires" value={days} mono
          onChange={(text) => { setDays(text); set({ warning_days: listOf(text).map(Number).filter((one) => one > 0) }); }} />
        <TextField name="settings.tls.server_name" label="Server name" value={value.tls?.server_name ?? ""} onChange={(server_name) => set({ tls: { ...value.tls, server_name } })} mono hint="Empty: the host of the target." />
      </div>
    </fieldset>
  );
}

function ScriptFields({ value, set }: { value: ScriptSettings; set: (change: ScriptSettings) => void }) {
  const [lines, setLines] = useState((value.arguments ?? []).join("\n"));
  return (
    <fieldset>
      <legend>Script</legend>
      <TextField name="settings.script.command" label="File" value={value.command ?? ""} onChange={(command) => set({ command })} mono required placeholder="check_load"
        hint="Its name in the checker's folder of scripts. It speaks as plugins of Nagios do: exit status 0 is up, 1 a warning, 2 down." />
      <Field name="settings.script.arguments" label="Arguments, one on each line" hint="No shell reads them. What the check is about is in MONITRON_ADDRESS.">
        {(props) => <textarea {...props} className="mono" value={lines} spellCheck={false} placeholder={"-w\n5,4,3"}
          onChange={(event) => { setLines(event.target.value); set({ arguments: event.target.value.split("\n").filter((line) => line !== "") }); }} />}
      </Field>
    </fieldset>
  );
}

function valueWords(name: string, value: unknown): string {
  if (typeof value === "number" && /seconds$/.test(name)) return latency(value);
  if (typeof value === "number" && /expiry|not_after/.test(name)) return exact(value * 1000);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function TestResult({ result }: { result: CheckResult }) {
  const values = Object.entries(result.values ?? {}).filter(([name]) => !/phase/.test(name));
  const head = result.detail?.response_head ?? result.detail?.output;
  return (
    <div className={result.status === "up" ? "note good" : "note bad"} role="status" data-test="test-result">
      <p><HealthState health={result.status} /> in {latency(tookOf(result))}{result.reason ? <> · <strong>{result.reason}</strong></> : null}</p>
      <div style={{ margin: "10px 0" }}><Phases result={result} /></div>
      {values.length > 0 && <details><summary className="small">Measured values</summary><table className="table tight"><tbody>{values.map(([name, value]) => <tr key={name}><td className="mono">{name}</td><td className="num">{valueWords(name, value)}</td></tr>)}</tbody></table></details>}
      {head && <details><summary className="small">Answer</summary><pre className="code">{head}</pre></details>}
    </div>
  );
}

async function runTest(input: CheckInput, left: () => boolean): Promise<CheckResult> {
  let test = await api.checks.test(definitionOf(input));
  const deadline = Date.now() + (timeLimit(input) + 15) * 1000;
  while (test.state === "running") {
    if (left() || Date.now() > deadline) throw new Error("No checker has answered in time. Is a checker running for this location?");
    await new Promise((go) => setTimeout(go, 350));
    test = await api.checks.testState(test.id);
  }
  if (!test.result) throw new Error("The test gave no result.");
  return test.result;
}

function useTest() {
  const [state, setState] = useState<{ busy: boolean; result?: CheckResult; problem?: string }>({ busy: false });
  const turn = useRef(0);
  const start = async (input: CheckInput) => {
    const mine = (turn.current += 1);
    setState({ busy: true });
    try {
      const result = await runTest(input, () => turn.current !== mine);
      if (turn.current === mine) setState({ busy: false, result });
    } catch (error) {
      const problem = asProblem(error);
      const fields = problem.fields.map((entry) => `${entry.field}: ${entry.message}`).join("; ");
      const words = problem.status > 0 ? [problem.message, fields].filter(Boolean).join(" ") : error instanceof Error ? error.message : problem.message;
      if (turn.current === mine) setState({ busy: false, problem: words });
    }
  };
  return { ...state, start };
}

function Fields({ check, instanceId }: { check?: Check; instanceId?: string }) {
  const [input, setInput] = useState<CheckInput>(check ? inputOf(check) : { ...BLANK_CHECK, instance_id: instanceId ?? null });
  const instances = useResource("instances?form", () => api.instances.list({ limit: 500 }), { freshSeconds: 30 });
  const test = useTest();
  const set = (change: Partial<CheckInput>) => setInput((before) => ({ ...before, ...change }));
  const own = (kind: CheckKind) => (change: object) => setInput((before) => ({
    ...before, settings: { ...before.settings, [kind]: { ...(before.settings as Record<string, object>)[kind], ...change } },
  }));
  const setKind = (kind: CheckKind) => set({ kind, settings: { ...KIND_DEFAULTS[kind], ...input.settings } });
  const mistake = targetMistake(input.kind, input.target);
  const save = async () => {
    const body = definitionOf(input);
    const saved = check ? await api.checks.replace(check.id, body, check.version) : await api.checks.add(body);
    invalidate("checks", `check/${saved.id}`, "overview", "instance");
    say(check ? "Saved." : `${saved.name} is added; the first result arrives soon.`);
    navigate(`/checks/${saved.id}`);
  };
  const [targetLabel, targetExample] = TARGETS[input.kind];
  return (
    <Form action={check ? "Save" : "Add check"} onSubmit={save} onCancel={() => navigate(check ? `/checks/${check.id}` : "/checks")}
      extra={<button type="button" className="btn" disabled={test.busy || !input.target || Boolean(mistake)} onClick={() => void test.start(input)}>{test.busy ? "Testing …" : "Test now"}</button>}>
      {!check && <Pick legend="Kind" name="kind" value={input.kind} onChange={setKind} options={KINDS} />}
      <TextField name="target" label={targetLabel} value={input.target} onChange={(target) => set({ target })} required mono autoFocus placeholder={targetExample} hint={mistake || undefined} />
      <div className="grid2">
        <TextField name="name" label="Name" value={input.name} onChange={(name) => set({ name })} placeholder={input.target || "Shop, front page"} hint="Empty: the target." />
        <SelectField name="instance_id" label="Instance" value={input.instance_id ?? ""} onChange={(id) => set({ instance_id: id || null })}
          options={[["", "None"], ...(instances.data?.items ?? []).map((one) => [one.id, one.name] as [string, string])]} hint="Its state follows its checks." />
      </div>
      <div className="grid4">
        <NumberField name="interval_seconds" label="Every, seconds" value={input.interval_seconds} onChange={(interval_seconds) => set({ interval_seconds })} min={1} max={86_400} />
        <NumberField name="timeout_seconds" label="Time limit, seconds" value={timeLimit(input)} onChange={(timeout_seconds) => set({ timeout_seconds })} min={1} max={300} />
        <NumberField name="failures_before_down" label="Down after failures" value={input.failures_before_down} onChange={(failures_before_down) => set({ failures_before_down })} min={1} max={100} />
        <NumberField name="successes_before_up" label="Up after successes" value={input.successes_before_up} onChange={(successes_before_up) => set({ successes_before_up })} min={1} max={100} />
      </div>
      {input.kind === "http" && <HttpFields value={input.settings.http ?? {}} set={own("http")} />}
      {input.kind === "icmp" && <IcmpFields value={input.settings.icmp ?? {}} set={own("icmp")} />}
      {input.kind === "tls" && <TlsFields value={input.settings.tls ?? {}} set={own("tls")} />}
      {input.kind === "script" && <ScriptFields value={input.settings.script ?? {}} set={own("script")} />}
      <fieldset>
        <legend>More</legend>
        <PairsField name="labels" label="Labels" value={input.labels} onChange={(labels) => set({ labels })} />
        <TextField name="locations" label="Locations" value={input.locations.join(", ")} onChange={(text) => set({ locations: text.split(",").map((one) => one.trim()) })} mono hint="Checkers of this location run it." />
        <Tick label="Enabled" checked={input.enabled} onChange={(enabled) => set({ enabled })} hint="A check that is not enabled keeps its history and is not run." />
      </fieldset>
      <div aria-live="polite">
        {test.result && <TestResult result={test.result} />}
        {test.problem && <div className="note bad" role="alert">{test.problem}</div>}
      </div>
    </Form>
  );
}

export function CheckFormPage({ id }: { id?: string }) {
  useTitle(id ? "Edit check" : "Add check");
  const { query } = useLocation();
  const check = useResource(id ? `check/${id}/edit` : null, () => api.checks.one(id as string), { freshSeconds: 0 });
  const crumb = <Link href="/checks">Checks</Link>;
  if (!id) return <><Head title="Add check" crumb={crumb} /><Fields instanceId={query.get("instance_id") ?? undefined} /></>;
  return (
    <Loaded from={check}>
      {(data) => <><Head title={`Edit ${data.name}`} crumb={crumb} /><Fields key={data.version} check={data} /></>}
    </Loaded>
  );
}
