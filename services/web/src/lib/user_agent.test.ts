import { expect, test } from "vitest";
import { agentWords } from "./user_agent";

test("a browser is told by its name and system", () => {
  expect(agentWords("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")).toBe("Firefox, Linux");
  expect(agentWords("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0")).toBe("Edge, Windows");
  expect(agentWords("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1")).toBe("Safari, iOS");
});

test("what is no browser is told as it is", () => {
  expect(agentWords("curl/8.5.0")).toBe("curl");
  expect(agentWords("backup-script 3")).toBe("backup-script 3");
  expect(agentWords("")).toBe("Unknown program");
});
