import type { Check, CheckInput, CheckType, Instance } from "../api/types";
import { changedOf } from "./schema";

// A check while it is being edited, and the definition that is sent.

export const BLANK_CHECK: CheckInput = {
  name: "", instance_id: null, kind: "http", target: "", interval_seconds: null, timeout_seconds: 10, retry_interval_seconds: 0, locations: ["default"], quorum: 0,
  enabled: true, labels: {}, failures_before_down: 3, successes_before_up: 2, flap_detection: true, settings: {},
};

export function inputOf(check: Check): CheckInput {
  return {
    name: check.name, instance_id: check.instance_id ?? null, kind: check.kind, target: check.target,
    interval_seconds: check.interval_inherited ? null : check.interval_seconds, timeout_seconds: check.timeout_seconds, retry_interval_seconds: check.retry_interval_seconds ?? 0,
    locations: check.locations, quorum: check.quorum ?? 0,
    enabled: check.enabled, labels: check.labels ?? {}, failures_before_down: check.failures_before_down,
    successes_before_up: check.successes_before_up, flap_detection: check.flap_detection ?? true, settings: check.settings ?? {},
  };
}

const BROUGHT = ["timeout_seconds", "retry_interval_seconds", "failures_before_down", "successes_before_up"] as const;

// Another kind brings its own time limit and counts, where nobody has chosen others.
export function withKind(input: CheckInput, before: CheckType | undefined, type: CheckType): CheckInput {
  const changed = { ...input, kind: type.name };
  for (const name of BROUGHT) {
    if (input[name] === (before ?? BLANK_CHECK)[name]) changed[name] = type[name];
  }
  return changed;
}

// How often a check without an interval of its own runs; domains once a day whatever their instance has.
export function inheritedInterval(type: CheckType, instance?: Instance): number {
  return type.kind === "domain" ? type.interval_seconds : instance?.check_interval_seconds ?? type.interval_seconds;
}

// A check ends before its next turn: a shorter interval shortens the time limit of the kind. One that somebody chose stays, and is told.
export function timeLimit(input: CheckInput, type: CheckType): number {
  return input.timeout_seconds === type.timeout_seconds ? Math.min(input.timeout_seconds, input.interval_seconds || input.timeout_seconds) : input.timeout_seconds;
}

export function timeLimitMistake(input: CheckInput, type: CheckType): string {
  return type.active && input.interval_seconds !== null && timeLimit(input, type) > input.interval_seconds ? `Longer than the ${input.interval_seconds} s between two runs` : "";
}

// Only the settings of its kind, and of these only what differs from the defaults.
export function definitionOf(input: CheckInput, type: CheckType): CheckInput {
  const settings = changedOf(type.settings_schema, input.settings[input.kind] ?? {});
  const body = {
    ...input, target: input.target.trim(), name: input.name.trim() || input.target.trim(), timeout_seconds: timeLimit(input, type),
    locations: input.locations.filter(Boolean), settings: { [input.kind]: settings },
  };
  if (!body.instance_id) delete body.instance_id;
  return body;
}

// What the target of a kind is called, and one for example.
export function targetWords(type: CheckType): [string, string] {
  switch (type.target) {
    case "url": return ["URL", "https://example.org/health"];
    case "host_port": return type.default_port === null ? ["Host and port", "db1.example.org:4000"] : ["Host and port", `db1.example.org:${type.default_port}`];
    case "host": return ["Host", "192.0.2.10"];
    case "domain": return ["Domain name", "example.org"];
    default: return [type.kind === "script" ? "What the script looks at" : "What it is about", "db1.example.org"];
  }
}

// What a target looks like, told before the server is asked. An own type may make its target of it.
export function targetMistake(type: CheckType, target: string): string {
  const text = target.trim();
  if (!text || !type.built_in || type.target === "name") return "";
  if (type.target === "url") {
    if (!/^https?:\/\/[^/\s]+/i.test(text)) return "Write a URL that begins with http:// or https://";
    const port = /^https?:\/\/(?:[^/\s@]*@)?(?:\[[^\]]*\]|[^/\s:?#]*):(\d+)/i.exec(text)?.[1];
    return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535) ? "" : "A port is a number from 1 to 65535";
  }
  if (type.target === "host") return /[/\s]|^[^:]+:\d+$/.test(text) ? "Write a host name or an address, without port" : "";
  if (type.target === "domain") {
    const registered = type.name !== "domain" || (/\.[^.\d]/.test(text) && !/^[\d.]+$/.test(text));
    return /[/\s:@]/.test(text) || !registered ? "Write a name, such as example.org" : "";
  }
  if (type.target === "word") return /\s/.test(text) ? "Write one word without blanks" : "";
  const bare = type.default_port !== null && /^[^\s/:]+$/.test(text);
  const port = /^(?:\[[^\]]+\]|[^\s:/]+):(\d{1,9})$/.exec(text)?.[1];
  if (port !== undefined) return Number(port) >= 1 && Number(port) <= 65_535 ? "" : "A port is a number from 1 to 65535";
  return bare ? "" : `Write host:port, such as example.org:${type.default_port ?? 443}`;
}
