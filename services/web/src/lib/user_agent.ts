const BROWSERS: [RegExp, string][] = [[/\bEdg\//, "Edge"], [/\bOPR\//, "Opera"], [/\bFirefox\//, "Firefox"], [/\b(Headless)?Chrome\//, "Chrome"], [/\bSafari\//, "Safari"], [/^monitron\b/i, "monitron"], [/^curl\//, "curl"]];
const SYSTEMS: [RegExp, string][] = [[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"]];

// "Firefox, Linux": enough to recognise the own devices by.
export function agentWords(agent: string): string {
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(agent))?.[1];
  return [find(BROWSERS), find(SYSTEMS)].filter(Boolean).join(", ") || agent.slice(0, 60) || "Unknown program";
}
