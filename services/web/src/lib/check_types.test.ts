import { describe, expect, it } from "vitest";
import type { CheckType } from "../api/types";
import { groupsOf, kindName } from "./check_types";

const type = (name: string, built_in = true): CheckType => ({
  name, description: "", kind: name, target: "url", default_port: null, interval_seconds: 60, timeout_seconds: 10, retry_interval_seconds: 0, failures_before_down: 3, successes_before_up: 2, active: true, settings_schema: {}, built_in,
});

describe("kinds of checks", () => {
  it("have names for people, own types their own", () => {
    expect(["icmp", "smtp", "elasticsearch"].map(kindName)).toEqual(["Ping", "Mail (SMTP)", "elasticsearch"]);
  });

  it("stand in groups, own types and unknown kinds last", () => {
    const groups = groupsOf([type("elasticsearch", false), type("ssh"), type("script"), type("http"), type("postgresql")]);
    expect(groups.map(([group, kinds]) => [group, kinds.map((one) => one.name)])).toEqual([
      ["Web", ["http"]], ["Services", ["postgresql", "ssh"]], ["Own", ["script", "elasticsearch"]],
    ]);
  });
});
