import { Problem, problemFrom } from "./problem";
import { bearer, dropAccessToken } from "./session";
import type { Page } from "./types";

// How the REST API is asked: with the session's token, once more with a new one, failures as problems.

export type Query = Record<string, string | number | undefined | null>;

export interface Options {
  query?: Query;
  body?: unknown; // sent as JSON
  text?: string; // sent as it is, YAML
  version?: number;
  signal?: AbortSignal;
}

export function pathWith(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`/api/v1${path}`, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Problem(0, {});
  }
}

// What anybody may read, signed in or not.
export async function readOpenly(path: string): Promise<Response> {
  const response = await reach(path, {});
  if (!response.ok) throw await problemFrom(response);
  return response;
}

async function send(method: string, path: string, options: Options): Promise<Response> {
  const token = await bearer();
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.text !== undefined) headers["Content-Type"] = "application/yaml";
  if (options.version !== undefined) headers["If-Match"] = `"v${options.version}"`;
  const response = await reach(pathWith(path, options.query), {
    method,
    headers,
    body: options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
    signal: options.signal,
  });
  if (response.status === 401) dropAccessToken(token);
  return response;
}

export async function request(method: string, path: string, options: Options = {}): Promise<Response> {
  let response = await send(method, path, options);
  // An access token may expire or be revoked at any time: ask for a new one, once.
  if (response.status === 401) response = await send(method, path, options);
  if (!response.ok) throw await problemFrom(response);
  return response;
}

export async function json<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await request(method, path, options);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const id = encodeURIComponent;

// Reads page after page; `most` bounds what a page of the UI may pull.
export async function everyPage<T>(
  read: (cursor?: string) => Promise<Page<T>>,
  most = 20_000,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && items.length < most);
  return items;
}
