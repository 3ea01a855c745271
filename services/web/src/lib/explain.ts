// What a decision was made of, out of what the server recorded, for tables that people read.

import type { Labels } from "../api/types";
import { exact, span } from "./format";
import { wordsOf } from "./schema";

export interface Vote {
  location: string;
  status: string;
  failures: number | null;
  successes: number | null;
  slot: string | null;
  reason: string;
}

export interface SampleSeen {
  labels: Labels;
  time: string | number | null;
  value: string;
}

export interface Inputs {
  expr: string;
  votes: Vote[];
  samples: SampleSeen[];
  rest: [string, string][]; // name in words, value
}

const MOST_ROWS = 50;
type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const rows = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject).slice(0, MOST_ROWS) : []);
const number = (value: unknown) => (typeof value === "number" ? value : null);
const text = (value: unknown) => (typeof value === "string" ? value : "");

function words(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(words).join(", ");
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value)) return exact(value);
  if (isObject(value)) return Object.entries(value).map(([name, member]) => `${name}=${words(member)}`).join(", ");
  return String(value);
}

// Members of objects stand for themselves, without their ids; seconds are told as people do.
function rest(given: Json, prefix = ""): [string, string][] {
  return Object.entries(given).filter(([name]) => name !== "id").flatMap(([name, value]): [string, string][] => {
    if (prefix === "" && isObject(value) && !["labels", "selector"].includes(name)) return rest(value, name);
    const seconds = name === "for" || name.endsWith("_seconds");
    const told = seconds && typeof value === "number" ? span(value) : words(value);
    const title = wordsOf(name.replace(/_seconds$/, ""));
    return told === "" ? [] : [[prefix && prefix !== "rule" ? `${wordsOf(prefix)}: ${title.toLowerCase()}` : title, told]];
  });
}

export function inputsOf(given: Record<string, unknown> | null | undefined): Inputs {
  const { votes, samples, rule, ...others } = given ?? {};
  const { expr, ...about } = isObject(rule) ? rule : {};
  return {
    expr: text(expr),
    votes: rows(votes).map((one) => ({
      location: text(one["location"]), status: text(one["status"]), failures: number(one["failures"]), successes: number(one["successes"]),
      slot: text(one["slot"]) || null, reason: text(one["reason"]),
    })),
    samples: rows(samples).map((one) => ({
      labels: isObject(one["labels"]) ? (one["labels"] as Labels) : {}, value: words(one["value"]),
      time: typeof one["time"] === "number" ? one["time"] : text(one["time"]) || null,
    })),
    rest: [...rest({ rule: about }), ...rest(others)],
  };
}
