import { describe, expect, it } from "vitest";
import type { Sample } from "../api/types";
import { commandsIn } from "./processes";

function one(metric_name: string, command: string, second: number, value: number): Sample {
  return { server_id: "a", metric_type: "process", metric_name, labels: { command }, value, timestamp: new Date(second * 1000).toISOString() };
}

describe("commands of a host", () => {
  it("joins what is said of one command", () => {
    const found = commandsIn([
      one("process_count", "cc1plus", 10, 3), one("process_cpu_usage_ratio", "cc1plus", 10, 2.5),
      one("process_resident_memory_bytes", "cc1plus", 10, 4096), one("process_cpu_usage_ratio", "make", 10, 0.1),
    ]);
    expect([...found.values()]).toEqual([
      { command: "cc1plus", processes: 3, cpu: 2.5, memory: 4096, at: 10_000 },
      { command: "make", processes: null, cpu: 0.1, memory: null, at: 10_000 },
    ]);
  });

  it("forgets what is no longer named, and takes nothing older than it has", () => {
    const before = commandsIn([one("process_cpu_usage_ratio", "gone", 10, 1), one("process_cpu_usage_ratio", "sshd", 20, 1)]);
    const found = commandsIn([one("process_cpu_usage_ratio", "sshd", 30, 0.5), one("process_cpu_usage_ratio", "sshd", 25, 9)], before);
    expect([...found.values()].map(({ command, cpu }) => [command, cpu])).toEqual([["sshd", 0.5]]);
  });
});
