import type { Sample } from "../api/types";
import { numberOf } from "./series";

// What an agent says of the commands that use most; all processes of one command together.

export interface Command {
  command: string;
  processes: number | null;
  cpu: number | null;
  memory: number | null;
  at: number;
}

export function commandsIn(samples: readonly Sample[], before: Map<string, Command> = new Map()): Map<string, Command> {
  const found = new Map(before);
  for (const sample of samples) {
    const { command, pid = "" } = sample.labels; // older agents name each process
    if (!command) continue;
    const at = Date.parse(sample.timestamp);
    const key = `${command} ${pid}`;
    const known = found.get(key) ?? { command, processes: null, cpu: null, memory: null, at: 0 };
    if (at < known.at) continue;
    const next = { ...known, at };
    if (sample.metric_name === "process_count") next.processes = numberOf(sample.value);
    if (sample.metric_name === "process_cpu_usage_ratio") next.cpu = numberOf(sample.value);
    if (sample.metric_name === "process_resident_memory_bytes") next.memory = numberOf(sample.value);
    found.set(key, next);
  }
  // What the agent no longer names is not among the top, or is gone.
  const newest = Math.max(0, ...[...found.values()].map((one) => one.at));
  for (const [key, one] of found) if (one.at < newest - 15_000) found.delete(key);
  return found;
}
