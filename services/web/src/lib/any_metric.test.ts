import { describe, expect, it } from "vitest";
import type { SeriesInfo } from "../api/types";
import { formatOfName, hasHostMetrics, linesOf, otherNames, paceOf } from "./any_metric";
import { gather } from "./series";

const info = (metric_name: string, metric_type = "custom"): SeriesInfo => ({ metric_type, metric_name, labels: {} });
const sample = (labels: Record<string, string>, second: number, value: number) =>
  ({ server_id: "a", metric_type: "custom", metric_name: "orders", labels, value, timestamp: new Date(second * 1000).toISOString() });

describe("metrics of any name", () => {
  it("lists what has no chart of its own", () => {
    const all = [info("orders"), info("node_load1", "load"), info("process_cpu_usage_ratio", "process"), info("orders"), info("disk.10"), info("disk.9")];
    expect(otherNames(all)).toEqual(["disk.9", "disk.10", "orders"]);
    expect(hasHostMetrics(all)).toBe(true);
    expect(hasHostMetrics([info("orders")])).toBe(false);
  });

  it("names lines by their labels and reads the unit from the name", () => {
    const lines = linesOf(gather([sample({ shop: "b" }, 0, 1), sample({ shop: "a" }, 0, 2), sample({}, 0, 3)]), "orders");
    expect(lines.map((line) => line.name)).toEqual(["shop=a", "shop=b", "value"]);
    expect(formatOfName("queue_bytes")(2048)).toBe("2 KiB");
    expect(formatOfName("job_seconds_total")(0.5)).toBe("500 ms");
    expect(formatOfName("orders")(12)).toBe("12");
  });

  it("takes the usual distance of samples for their step", () => {
    const lines = linesOf(gather([0, 300, 600, 910].map((second) => sample({}, second, 1))), "orders");
    expect(paceOf(lines, 10)).toBe(300);
    expect(paceOf([], 10)).toBe(10);
  });
});
