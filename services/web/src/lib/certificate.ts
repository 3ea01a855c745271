import type { CheckEvent, CheckResult } from "../api/types";
import { exact } from "./format";

// What a result says about a certificate, whatever way it says it.

export interface Certificate {
  expiresMs: number | null;
  facts: [string, string][];
  chain: Link[];
}

export interface Link {
  subject: string;
  issuer: string;
  expires: string;
}

// The chain comes as text of JSON, or not at all.
function chainOf(value: unknown): Link[] {
  let list: unknown = value;
  try {
    if (typeof value === "string") list = JSON.parse(value);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return list.map((one: Record<string, unknown>) => ({ subject: wordsOf(one["subject"]), issuer: wordsOf(one["issuer"]), expires: wordsOf(one["not_after"]) }));
}

const EXPIRY = ["probe_ssl_earliest_cert_expiry", "ssl_earliest_cert_expiry", "certificate_not_after", "not_after", "earliest_expiry"];

function timeOf(value: unknown): number | null {
  if (typeof value === "number" && value > 0) return value > 1e11 ? value : value * 1000;
  if (typeof value === "string") {
    const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value);
    return Number.isNaN(parsed) ? null : parsed;
  }
  return null;
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(", ");
  if (value && typeof value === "object") return Object.entries(value).map(([name, part]) => `${name}=${wordsOf(part)}`).join(", ");
  return String(value ?? "");
}

// In the order people ask; what is not listed comes after, in its own words.
const NAMES: [string, string][] = [
  ["subject", "Subject"], ["common name", "Common name"], ["names", "Names"], ["issuer", "Issuer"], ["not before", "Valid from"],
  ["not after", "Valid until"], ["chain length", "Certificates in the chain"], ["problems", "Problems"],
  ["key", "Key"], ["signature", "Signature"], ["serial", "Serial number"], ["sha256", "SHA-256"],
];

function shown(facts: [string, string][]): [string, string][] {
  const rank = ([name]: [string, string]) => (NAMES.findIndex(([key]) => key === name) + NAMES.length + 1) % (NAMES.length + 1);
  return [...facts].sort((a, b) => rank(a) - rank(b)).map(([name, value]) => [
    NAMES.find(([key]) => key === name)?.[1] ?? name.charAt(0).toUpperCase() + name.slice(1),
    name === "problems" ? value.replace(/_/g, " ") : /^not (before|after)$/.test(name) && !Number.isNaN(Date.parse(value)) ? exact(value) : value,
  ]);
}

export function certificateOf(result: CheckResult | null | undefined, events: CheckEvent[] = []): Certificate | null {
  const sources = [result?.values, result?.detail, ...events.map((event) => event.detail)];
  let expiresMs: number | null = null;
  let facts: [string, string][] = [];
  let chain: Link[] = [];
  for (const source of sources) {
    if (!source) continue;
    const inner = source["certificate"];
    const members: Record<string, unknown> = {
      ...Object.fromEntries(Object.entries(source).filter(([name]) => /^certificate_/.test(name)).map(([name, value]) => [name.slice(12), value])),
      ...(inner && typeof inner === "object" && !Array.isArray(inner) ? inner : typeof inner === "string" ? { certificate: inner } : {}),
    };
    for (const name of EXPIRY) expiresMs ??= timeOf(source[name] ?? members[name]);
    if (chain.length === 0) chain = chainOf(members["chain"]);
    if (facts.length === 0) facts = Object.entries(members).filter(([name]) => name !== "chain").map(([name, value]) => [name.replace(/_/g, " "), wordsOf(value)]);
  }
  return expiresMs === null && facts.length === 0 ? null : { expiresMs, facts: shown(facts), chain };
}
