import { useRef, useState } from "react";
import { api } from "../api/client";
import { asProblem, Problem } from "../api/problem";
import type { CheckResult, CheckTest } from "../api/types";
import { exact, latency } from "../lib/format";
import { tookOf, warningOf } from "../lib/result";
import { Phases } from "./gauges";
import { HealthState } from "./state";

// A check that is run because somebody asks for it, and what came of it.

function valueWords(name: string, value: unknown): string {
  if (typeof value === "number" && /seconds$/.test(name)) return latency(value);
  if (typeof value === "number" && /expiry|not_after/.test(name)) return exact(value * 1000);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function Values({ result }: { result: CheckResult }) {
  const values = Object.entries(result.values ?? {}).filter(([name]) => !/phase/.test(name));
  if (values.length === 0) return null;
  return (
    <details>
      <summary className="small">Measured values</summary>
      <table className="table tight"><tbody>{values.map(([name, value]) => <tr key={name}><td className="mono">{name}</td><td className="num">{valueWords(name, value)}</td></tr>)}</tbody></table>
    </details>
  );
}

function TestResult({ result }: { result: CheckResult }) {
  const warning = warningOf(result);
  const head = result.detail?.response_head ?? result.detail?.output;
  return (
    <div className={result.status !== "up" ? "note bad" : warning ? "note warn" : "note good"} role="status" data-test="test-result">
      <p><HealthState health={result.status} warning={warning} /> in {latency(tookOf(result))}{result.reason ? <> · <strong>{result.reason}</strong></> : null}</p>
      <div style={{ margin: "10px 0" }}><Phases result={result} /></div>
      <Values result={result} />
      {head && <details><summary className="small">Answer</summary><pre className="code">{head}</pre></details>}
    </div>
  );
}

async function ended(begin: () => Promise<CheckTest>, seconds: number, left: () => boolean): Promise<CheckResult> {
  let test = await begin();
  const deadline = Date.now() + (seconds + 15) * 1000;
  while (test.state === "running") {
    if (left() || Date.now() > deadline) throw new Problem(0, { detail: "No checker has answered in time. Is a checker running for this location?" });
    await new Promise((go) => setTimeout(go, 350));
    test = await api.checks.testState(test.id);
  }
  if (!test.result) throw new Problem(0, { detail: "The test gave no result." });
  return test.result;
}

interface Run {
  busy: boolean;
  result?: CheckResult;
  problem?: Problem;
}

export function useCheckTest() {
  const [state, setState] = useState<Run>({ busy: false });
  const turn = useRef(0);
  // Throws what the server says about single fields, for the form that has them.
  const start = async (begin: () => Promise<CheckTest>, seconds: number) => {
    const mine = (turn.current += 1);
    setState({ busy: true });
    const tell = (next: Run) => turn.current === mine && setState(next);
    try {
      tell({ busy: false, result: await ended(begin, seconds, () => turn.current !== mine) });
    } catch (error) {
      const problem = asProblem(error);
      tell(problem.fields.length > 0 ? { busy: false } : { busy: false, problem });
      if (problem.fields.length > 0) throw problem;
    }
  };
  return { ...state, start };
}

export function TestOutcome({ test }: { test: Run }) {
  return (
    <div aria-live="polite">
      {test.result && <TestResult result={test.result} />}
      {test.problem && <div className="note bad" role="alert">{test.problem.message}</div>}
    </div>
  );
}
