import { api } from "../api/client";
import type { Rule } from "../api/types";
import { useResource } from "../lib/resource";
import { healthOf, tookOf } from "../lib/rule_health";
import { When } from "./basics";
import { State } from "./state";

// How a rule is evaluated: in a row of a table, and at the head of its page.

export function RuleHealth({ rule }: { rule: Rule }) {
  const { tone, state, detail } = healthOf(rule);
  return (
    <>
      <State tone={tone}>{state}</State>
      {tone === "up" && <span className="under"><When time={rule.last_evaluation_at} />{tookOf(rule) && `, ${tookOf(rule)}`}</span>}
      {detail && <span className={tone === "down" ? "under down anywhere" : "under anywhere"}>{detail}</span>}
    </>
  );
}

// Kept up to date, while the form below it stays as it was opened.
export function RuleFacts({ id }: { id: string }) {
  const { data: rule } = useResource(`rule/${id}/health`, () => api.rules.one(id), { everySeconds: 5 });
  if (!rule) return null;
  const { tone, state, detail } = healthOf(rule);
  const took = tookOf(rule);
  return (
    <>
      <dl className="facts strip-facts" aria-label="Health">
        <div><dt>Health</dt><dd><State tone={tone}>{state}</State></dd></div>
        <div><dt>Last evaluated</dt><dd><When time={rule.last_evaluation_at} /></dd></div>
        {took && <div><dt>It took</dt><dd>{took.slice(3)}</dd></div>}
      </dl>
      {detail && <p className={tone === "down" ? "note bad" : "note"} role="status"><span className="anywhere">{detail}</span>{tone === "down" && rule.kind !== "recording" && <span className="quiet"> Until it is mended, its alerts stay as they are.</span>}</p>}
    </>
  );
}
