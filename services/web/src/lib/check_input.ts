import type { Check, CheckInput, CheckKind, CheckSettings } from "../api/types";

// A check while it is being edited, and the definition that is sent.

export const KIND_DEFAULTS: Record<CheckKind, CheckSettings> = {
  http: { http: { method: "GET", headers: {}, body: "", expected_status: ["200-299"], body_contains: "", body_not_contains: "", follow_redirects: true, max_redirects: 10, tls: { verify: true } } },
  tcp: { tcp: {} },
  icmp: { icmp: { count: 5, size: 56, interval_ms: 200 } },
  tls: { tls: { warning_days: [30, 14, 7, 1], tls: { server_name: "" } } },
  script: { script: { command: "", arguments: [] } },
};

export const BLANK_CHECK: CheckInput = {
  name: "", instance_id: null, kind: "http", target: "", interval_seconds: 60, timeout_seconds: 10, retry_interval_seconds: 0, locations: ["default"], quorum: 0,
  enabled: true, labels: {}, failures_before_down: 3, successes_before_up: 2, settings: KIND_DEFAULTS.http,
};

export function inputOf(check: Check): CheckInput {
  const settings = { ...KIND_DEFAULTS[check.kind] } as Record<string, object>;
  const given = check.settings as Record<string, object | undefined>;
  settings[check.kind] = { ...settings[check.kind], ...given?.[check.kind] };
  return {
    name: check.name, instance_id: check.instance_id ?? null, kind: check.kind, target: check.target,
    interval_seconds: check.interval_seconds, timeout_seconds: check.timeout_seconds, retry_interval_seconds: check.retry_interval_seconds, locations: check.locations, quorum: check.quorum,
    enabled: check.enabled, labels: check.labels ?? {}, failures_before_down: check.failures_before_down,
    successes_before_up: check.successes_before_up, settings: settings as CheckSettings,
  };
}

// A check ends before its next turn: a shorter interval shortens the time limit as long as it is one.
export function timeLimit(input: CheckInput): number {
  return Math.min(input.timeout_seconds, input.interval_seconds || input.timeout_seconds);
}

// Only the settings of its kind, and no empty texts: what is not set takes the server's default.
export function definitionOf(input: CheckInput): CheckInput {
  const own = (input.settings as Record<string, Record<string, unknown> | undefined>)[input.kind] ?? {};
  const kept = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== "" && value !== undefined));
  const body = { ...input, target: input.target.trim(), name: input.name.trim() || input.target.trim(), timeout_seconds: timeLimit(input), settings: { [input.kind]: kept } as CheckSettings };
  if (!body.instance_id) delete body.instance_id;
  return body;
}

// What a target looks like, told before the server is asked.
export function targetMistake(kind: CheckKind, target: string): string {
  const text = target.trim();
  if (!text) return "";
  if (kind === "http") return /^https?:\/\/[^/\s]+/i.test(text) ? "" : "Write a URL that begins with http:// or https://";
  if (kind === "icmp") return /[/\s]|^[^:]+:\d+$/.test(text) ? "Write a host name or an address, without port" : "";
  if (kind === "script") return /\s/.test(text) ? "Write one word without blanks" : "";
  return /^(\[[^\]]+\]|[^\s:/]+):\d{1,5}$/.test(text) ? "" : "Write host:port, such as example.org:443";
}
