import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { asProblem, type Problem } from "../api/problem";

// What pages read from the server, kept by key: shown at once when a page is opened again, read
// anew in the background, and read again after a failure by itself.

export interface Snapshot<T> {
  data?: T;
  problem?: Problem;
  loading: boolean;
  at: number;
}

// Shows what of a first answer is there already.
export type Tell<T> = (some: T) => void;

interface Entry {
  snapshot: Snapshot<unknown>;
  load: ((tell: Tell<unknown>) => Promise<unknown>) | null;
  running: boolean;
  again: boolean;
  failures: number;
  retry?: ReturnType<typeof setTimeout>;
  listeners: Set<() => void>;
}

const EMPTY: Snapshot<unknown> = { loading: true, at: 0 };
const MOST_ENTRIES = 400;
const entries = new Map<string, Entry>();

function entryOf(key: string): Entry {
  let entry = entries.get(key);
  if (!entry) {
    entry = { snapshot: EMPTY, load: null, running: false, again: false, failures: 0, listeners: new Set() };
    entries.set(key, entry);
    if (entries.size > MOST_ENTRIES) dropUnused();
  }
  return entry;
}

function dropUnused(): void {
  for (const [key, entry] of entries) {
    if (entry.listeners.size === 0) entries.delete(key);
    if (entries.size <= MOST_ENTRIES / 2) return;
  }
}

function publish(entry: Entry, snapshot: Snapshot<unknown>): void {
  entry.snapshot = snapshot;
  for (const listener of entry.listeners) listener();
}

async function run(entry: Entry): Promise<void> {
  if (!entry.load) return;
  if (entry.running) {
    entry.again = true;
    return;
  }
  entry.running = true;
  clearTimeout(entry.retry);
  try {
    const data = await entry.load((some) => {
      if (entry.snapshot.at === 0) publish(entry, { data: some, loading: true, at: 0 });
    });
    entry.failures = 0;
    publish(entry, { data, loading: false, at: Date.now() });
  } catch (error) {
    const problem = asProblem(error);
    publish(entry, { ...entry.snapshot, problem, loading: false });
    if (problem.passing && entry.listeners.size > 0) {
      entry.failures += 1;
      const pause = Math.min(15_000, 700 * 2 ** entry.failures);
      entry.retry = setTimeout(() => void run(entry), pause);
    }
  } finally {
    entry.running = false;
    if (entry.again) {
      entry.again = false;
      void run(entry);
    }
  }
}

// Reads again what is on screen and forgets the rest, for all keys that begin with a prefix.
export function invalidate(...prefixes: string[]): void {
  for (const [key, entry] of entries) {
    if (!prefixes.some((prefix) => key.startsWith(prefix))) continue;
    if (entry.listeners.size > 0) void run(entry);
    else entries.delete(key);
  }
}

export function forgetEverything(): void {
  for (const entry of entries.values()) clearTimeout(entry.retry);
  entries.clear();
}

// Changes what is shown until the next answer of the server.
export function amend<T>(key: string, change: (data: T) => T): void {
  const entry = entries.get(key);
  if (entry?.snapshot.data === undefined) return;
  publish(entry, { ...entry.snapshot, data: change(entry.snapshot.data as T) });
}

export interface Resource<T> extends Snapshot<T> {
  reload: () => void;
}

interface Options {
  everySeconds?: number;
  freshSeconds?: number;
}

// `key` names the data and everything it depends on; null reads nothing.
export function useResource<T>(key: string | null, load: (tell: Tell<T>) => Promise<T>, options: Options = {}): Resource<T> {
  const { everySeconds, freshSeconds = 2 } = options;
  const loader = useRef(load);
  loader.current = load;

  const subscribe = useCallback(
    (listener: () => void) => {
      if (key === null) return () => undefined;
      const entry = entryOf(key);
      entry.listeners.add(listener);
      return () => {
        entry.listeners.delete(listener);
        if (entry.listeners.size === 0) clearTimeout(entry.retry);
      };
    },
    [key],
  );
  const snapshot = useSyncExternalStore(subscribe, () => (key === null ? EMPTY : entryOf(key).snapshot));

  useEffect(() => {
    if (key === null) return;
    const entry = entryOf(key);
    entry.load = (tell: Tell<T>) => loader.current(tell);
    if (Date.now() - entry.snapshot.at > freshSeconds * 1000) void run(entry);
    if (!everySeconds) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void run(entry);
    }, everySeconds * 1000);
    return () => clearInterval(timer);
  }, [key, everySeconds, freshSeconds]);

  const reload = useCallback(() => {
    if (key !== null) void run(entryOf(key));
  }, [key]);

  return { ...(snapshot as Snapshot<T>), reload };
}
