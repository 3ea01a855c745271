import type { ProblemBody, ProblemField } from "./types";

// What went wrong with a request: the server's problem+json, or status 0 when there was no
// answer at all.
export class Problem extends Error {
  readonly status: number;
  readonly fields: ProblemField[];
  readonly requestId?: string;
  readonly retryAfterSeconds?: number;

  constructor(status: number, body: ProblemBody, retryAfterSeconds?: number) {
    super(sentence(body.detail || body.title || fallbackText(status)));
    this.name = "Problem";
    this.status = status;
    this.fields = body.errors ?? [];
    this.requestId = body.request_id;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  // True when trying again later may help and nothing is wrong with the request.
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }

  messageFor(field: string): string | undefined {
    const found = this.fields.find((entry) => sameField(entry.field, field));
    return found && sentence(found.message);
  }

  // What is left of it once a field has been changed; null: nothing.
  without(field: string): Problem | null {
    const errors = this.fields.filter((entry) => !sameField(entry.field, field));
    if (errors.length === this.fields.length) return this;
    return errors.length === 0 ? null : new Problem(this.status, { detail: this.message, request_id: this.requestId, errors }, this.retryAfterSeconds);
  }
}

// The server speaks in lower case, for programs; people read it as a sentence.
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// The server may name a field by its path ("settings.http.method", "/name", "recipients[0]"), a
// field of the form one place of a list ("settings.http.json[0].path") or the list as a whole.
export const fieldPath = (path: string): string => path.replace(/^[/$.]+/, "").replace(/\//g, ".").replace(/\.(\d+)(?=\.|$)/g, "[$1]");

export function sameField(path: string, field: string): boolean {
  const exact = fieldPath(path);
  return [exact, exact.replace(/\[\d+\]/g, "")].some((one) => one === field || one.startsWith(`${field}.`) || one.startsWith(`${field}[`));
}

export function fallbackText(status: number): string {
  switch (status) {
    case 0:
      return "Monitron cannot be reached.";
    case 401:
      return "You are signed out.";
    case 403:
      return "Your role does not allow this.";
    case 404:
      return "This does not exist, or no longer.";
    case 409:
      return "This conflicts with something that exists already.";
    case 412:
      return "Somebody else changed this meanwhile. Reload and try again.";
    case 413:
      return "This is too large.";
    case 429:
      return "Too many requests. Wait a moment.";
    case 502:
    case 503:
    case 504:
      return "A part of Monitron is restarting.";
    default:
      return `The server answered ${status}.`;
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, {});
}

export async function problemFrom(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get("Retry-After"));
  let body: ProblemBody = {};
  if (/json/.test(response.headers.get("Content-Type") ?? "")) {
    body = ((await response.json().catch(() => null)) as ProblemBody | null) ?? {};
  }
  return new Problem(response.status, body, Number.isFinite(retryAfter) ? retryAfter : undefined);
}
