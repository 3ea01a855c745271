import { api } from "../api/client";
import type { ExplainStep } from "../api/alerting_types";
import { clock, exact } from "../lib/format";
import { inputsOf, type SampleSeen, type Vote } from "../lib/explain";
import { lookOf } from "../lib/incident";
import { useResource } from "../lib/resource";
import { Chips, Trouble, When } from "./basics";
import { Icon } from "./icon";
import { Mark, type Tone } from "./state";
import { ToldTable } from "./told";

// Why somebody was told, or nobody: the verdict first, how it came to it below.

const voteTone = (status: string): Tone => (status === "up" || status === "down" ? status : "unknown");
const one = (value: number | null) => value ?? "–";

function Votes({ votes }: { votes: Vote[] }) {
  return (
    <div className="scroll">
      <table className="table tight inputs">
        <thead><tr><th>Location</th><th>Vote</th><th className="num">Failures in a row</th><th className="num">Successes</th><th>Of</th><th>Reason</th></tr></thead>
        <tbody>{votes.map((vote) => (
          <tr key={vote.location}><td>{vote.location}</td><td><span className={`state ${voteTone(vote.status)}`}><Mark tone={voteTone(vote.status)} />{vote.status}</span></td>
            <td className="num">{one(vote.failures)}</td><td className="num">{one(vote.successes)}</td><td title={exact(vote.slot)}>{clock(vote.slot)}</td><td>{vote.reason || "–"}</td></tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function Samples({ samples }: { samples: SampleSeen[] }) {
  return (
    <div className="scroll">
      <table className="table tight inputs">
        <thead><tr><th>Series</th><th>Time</th><th className="num">Value</th></tr></thead>
        <tbody>{samples.map((sample, index) => (
          <tr key={index}><td>{Object.keys(sample.labels).length > 0 ? <Chips labels={sample.labels} /> : "–"}</td><td title={exact(sample.time)}>{clock(sample.time)}</td><td className="num mono">{sample.value}</td></tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function StepInputs({ step }: { step: ExplainStep }) {
  const { expr, votes, samples, rest } = inputsOf(step.inputs);
  if (!expr && votes.length === 0 && samples.length === 0 && rest.length === 0) return null;
  return (
    <details>
      <summary className="small quiet">What this was decided on</summary>
      <div className="seen">
        {expr && <pre className="code">{expr}</pre>}
        {votes.length > 0 && <Votes votes={votes} />}
        {samples.length > 0 && <Samples samples={samples} />}
        {rest.length > 0 && <dl className="pairlist">{rest.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>}
      </div>
    </details>
  );
}

function Steps({ steps }: { steps: ExplainStep[] }) {
  return (
    <ol className="timeline icons">
      {steps.map((step, index) => {
        const { icon, tone } = lookOf(step);
        return <li key={index}><span className={`bead ${tone ?? ""}`}><Icon name={icon} /></span><p>{step.text}</p><div className="small quiet">{exact(step.at)} · <When time={step.at} /></div><StepInputs step={step} /></li>;
      })}
    </ol>
  );
}

// `id` of an alert or of an incident; `whole`: it is all there is to see.
export function WhyPaged({ id, whole }: { id: string; whole?: boolean }) {
  const explained = useResource(`explain/${id}`, () => api.incidents.explain(id), { everySeconds: 30 });
  if (!explained.data) return explained.problem && (whole || explained.problem.status !== 404) ? <Trouble problem={explained.problem} /> : null;
  const { verdict, steps, delivery } = explained.data;
  const title = /^(this is a drill\. )?nobody/i.test(verdict) ? "Why was nobody paged?" : "Who was told, and why?";
  return (
    <>
      <section className="block" aria-label={title}>
        <div className="block-head"><h2>{title}</h2></div>
        <p className="said">{verdict}</p>
        {steps.length > 0 && <details className="how" open={whole}><summary>How it was decided</summary><Steps steps={steps} /></details>}
      </section>
      {whole && <ToldTable rows={delivery} over={false} />}
    </>
  );
}
