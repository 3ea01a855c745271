// Settings as the server's JSON Schema describes them: what a member looks like in a form, what it
// is called, and what of its value has to be sent.

export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: (string | number)[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  "x-order"?: string[];
  "x-multiline"?: boolean;
}
export type Values = Record<string, unknown>;

export const MASK = "********"; // what the server shows of a secret; sent back it keeps it

export type Shape = "text" | "lines" | "secret" | "number" | "boolean" | "choice" | "list" | "pairs" | "group" | "rows";

export function shapeOf(schema: Schema): Shape {
  if (schema.enum) return "choice";
  if (schema.type === "boolean") return "boolean";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "array") return schema.items?.properties ? "rows" : "list";
  if (schema.type === "object") return schema.properties ? "group" : "pairs";
  if (schema.writeOnly) return "secret";
  return schema["x-multiline"] ? "lines" : "text";
}

export function membersOf(schema: Schema, skip: string[] = []): [string, Schema][] {
  const properties = schema.properties ?? {};
  const order = schema["x-order"] ?? Object.keys(properties);
  return order.filter((name) => properties[name] && !skip.includes(name)).map((name) => [name, properties[name] as Schema]);
}

// A schema of some of its members alone.
export function onlyOf(schema: Schema, names: string[]): Schema {
  return { ...schema, "x-order": names, required: schema.required?.filter((name) => names.includes(name)) };
}

// Those that need the whole width.
export function isWide(schema: Schema): boolean {
  const shape = shapeOf(schema);
  if (shape === "pairs" || shape === "rows" || shape === "group") return true;
  return shape === "lines" && (schema.maxLength ?? 0) >= 4096;
}

// Codes and numbers stand in one line; other texts may hold commas and stand one on each.
export const inOneLine = (schema: Schema) => schema.items?.type === "integer" || (schema.items?.maxLength ?? Infinity) <= 16;

// What is written in the field of a list. Something that is no number stays as it is, so that it is never lost unseen.
export function entriesOf(schema: Schema, text: string): { entries: (string | number)[]; mistake: string } {
  const { type, minimum = -Infinity, maximum = Infinity } = schema.items ?? {};
  const texts = text.split(inOneLine(schema) ? /[\s,;]+/ : "\n").filter((entry) => entry.trim() !== "");
  const many = texts.length > (schema.maxItems ?? Infinity) ? `At most ${schema.maxItems}` : "";
  if (type !== "integer") return { entries: texts, mistake: many };
  const entries = texts.map((entry) => (/^[+-]?\d+$/.test(entry) ? Number(entry) : entry));
  const wrong = entries.find((entry) => typeof entry === "string");
  const beyond = entries.find((entry) => typeof entry === "number" && (entry < minimum || entry > maximum));
  if (wrong !== undefined) return { entries, mistake: `“${wrong}” is not a whole number` };
  return { entries, mistake: beyond === undefined ? many : `${beyond} is not between ${minimum} and ${maximum}` };
}

const WORDS: Record<string, string> = {
  api: "API", ca: "CA", dns: "DNS", http: "HTTP", https: "HTTPS", id: "ID", ip: "IP", json: "JSON", rdap: "RDAP", sasl: "SASL", ssh: "SSH",
  starttls: "STARTTLS", tls: "TLS", url: "URL", vhost: "virtual host", whois: "WHOIS",
};
const UNITS: Record<string, string> = { ms: "ms", seconds: "seconds", bytes: "bytes", percent: "%" };
const NAMES: Record<string, string> = {
  check_id: "Check", json: "JSON of the answer", extract: "Numbers to keep", op: "Comparison", use_tls: "Use TLS",
};

export function wordsOf(name: string): string {
  if (NAMES[name]) return NAMES[name];
  const parts = name.split(/[_-]+/).filter(Boolean);
  const unit = parts.length > 1 ? UNITS[parts[parts.length - 1] as string] : undefined;
  const words = (unit ? parts.slice(0, -1) : parts).map((part) => WORDS[part] ?? part).join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1) + (unit ? `, ${unit}` : "");
}

const FILLERS = new Set(["a", "an", "its", "the", "of", "to", "with", "which"]);

// A hint, unless it only says the label again.
export function hintOf(label: string, hint: string | undefined): string | undefined {
  const words = (text: string) => text.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word && !FILLERS.has(word));
  const said = new Set(words(label));
  return hint && words(hint).every((word) => said.has(word)) ? undefined : hint;
}

function blankOf(shape: Shape): unknown {
  if (shape === "boolean") return false;
  if (shape === "list" || shape === "rows") return [];
  if (shape === "pairs" || shape === "group") return {};
  return shape === "number" ? undefined : "";
}

// What holds as long as nothing is written.
export const defaultOf = (schema: Schema) => schema.default ?? blankOf(shapeOf(schema));
export const valueOf = (schema: Schema, value: unknown) => value ?? defaultOf(schema);

// Equal as JSON, whatever the order of members.
function same(left: unknown, right: unknown): boolean {
  if (typeof left !== "object" || typeof right !== "object" || !left || !right) return left === right;
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && Array.isArray(left) === Array.isArray(right)
    && names.every((name) => same((left as Values)[name], (right as Values)[name]));
}

// Only what differs from the defaults, and no number that is not one.
export function changedOf(schema: Schema, values: Values): Values {
  const sent: Values = {};
  for (const [name, member] of membersOf(schema)) {
    const shape = shapeOf(member);
    const needed = schema.required?.includes(name) ?? false;
    let value = values[name] ?? (needed ? defaultOf(member) : undefined);
    if (value === undefined || (typeof value === "number" && Number.isNaN(value))) continue;
    if (shape === "group") value = changedOf(member, value as Values);
    if (shape === "rows") value = (value as Values[]).map((row) => changedOf(member.items as Schema, row));
    if (needed || !same(value, shape === "group" ? {} : defaultOf(member))) sent[name] = value;
  }
  return sent;
}
