import { describe, expect, it } from "vitest";
import type { Sample } from "../api/types";
import { cpuCores, cpuTotal, fileSystems, memory, pairRates, usedShare } from "./host_charts";
import { fullestDisk } from "./latest";
import { gather } from "./series";

function one(metric_name: string, labels: Record<string, string>, second: number, value: number): Sample {
  return { server_id: "a", metric_type: "x", metric_name, labels, value, timestamp: new Date(second * 1000).toISOString() };
}

describe("charts of a host", () => {
  it("separates the total from the cores and sorts cores by number", () => {
    const all = gather(["total", "10", "2"].map((core) => one("node_cpu_usage_ratio", { core }, 0, 0.5)));
    expect(cpuTotal(all)).toHaveLength(1);
    expect(cpuCores(all).map((line) => line.name)).toEqual(["Core 2", "Core 10"]);
  });

  it("shows memory as used, without swap where there is none", () => {
    const all = gather([
      one("node_memory_MemTotal_bytes", {}, 0, 100), one("node_memory_MemAvailable_bytes", {}, 0, 30),
      one("node_memory_SwapTotal_bytes", {}, 0, 0), one("node_memory_SwapFree_bytes", {}, 0, 0),
    ]);
    expect(memory(all).map((line) => [line.name, line.series.values])).toEqual([["Memory used", [70]]]);
  });

  it("joins size and free space of the same file system", () => {
    const root = { mountpoint: "/", device: "sda1" };
    const all = gather([one("node_filesystem_size_bytes", root, 0, 200), one("node_filesystem_avail_bytes", root, 0, 50)]);
    expect(fileSystems(all)[0]?.series.values).toEqual([0.75]);
  });

  it("counts disks as df does: what is reserved for root is not used", () => {
    const root = { device: "sda", mountpoint: "/" };
    const all = gather([one("node_filesystem_size_bytes", root, 0, 200), one("node_filesystem_avail_bytes", root, 0, 40), one("node_filesystem_free_bytes", root, 0, 160)]);
    expect(fileSystems(all)[0]?.series.values).toEqual([0.5]);
    expect(fullestDisk(all)).toBe(0.5);
    expect(usedShare(200, 50, null)).toBe(0.75);
  });

  it("keeps the busiest devices", () => {
    const samples = ["a", "b"].flatMap((device, index) => [0, 10].flatMap((second) => [
      one("r", { device }, second, second * (index + 1)), one("w", { device }, second, 0),
    ]));
    const lines = pairRates(gather(samples), ["r", "Read"], ["w", "Written"], 10, 1);
    expect(lines.map((line) => [line.name, line.series.values])).toEqual([["Read", [2]], ["Written", [0]]]);
  });
});
