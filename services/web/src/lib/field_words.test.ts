import { describe, expect, it } from "vitest";
import { fieldWords } from "./field_words";

const LABELS = new Map([
  ["failures_before_down", "Down after failures"], ["settings.http.expected_status", "Expected status"],
  ["settings.http.json", "JSON"], ["settings.http.json[1].path", "Path"], ["settings.tls", "TLS"], ["settings.tls.tls.server_name", "Server name"],
]);

describe("names of fields", () => {
  it("are those of the form", () => {
    expect(fieldWords("failures_before_down", LABELS)).toBe("Down after failures");
    expect(fieldWords("/settings/http/expected_status/1", LABELS)).toBe("Expected status");
    expect(fieldWords("settings.tls.tls.server_name", LABELS)).toBe("Server name");
  });

  it("tell the row", () => {
    expect(fieldWords("settings.http.json[1].path", LABELS)).toBe("JSON, row 2: Path");
    expect(fieldWords("settings.group.members[0].check_id", LABELS)).toBe("Members, row 1: Check");
  });

  it("are made of the path where the form has none", () => {
    expect(fieldWords("settings.script.command", LABELS)).toBe("Command");
    expect(fieldWords("timeout_seconds", LABELS)).toBe("Timeout, seconds");
  });
});
