import { api } from "../api/client";
import type { CheckType } from "../api/types";
import { type Resource, useResource } from "./resource";

// The kinds of checks: those of the server, with names and an order for people.

const GROUPS: [string, [string, string][]][] = [
  ["Web", [["http", "HTTP"], ["tls", "TLS certificate"], ["domain", "Domain"]]],
  ["Network", [["icmp", "Ping"], ["tcp", "TCP"], ["udp", "UDP"], ["dns", "DNS"]]],
  ["Services", [["postgresql", "PostgreSQL"], ["mysql", "MySQL"], ["redis", "Redis"], ["mongodb", "MongoDB"], ["rabbitmq", "RabbitMQ"], ["kafka", "Kafka"],
    ["smtp", "Mail (SMTP)"], ["ssh", "SSH"]]],
  ["Own", [["script", "Script"], ["heartbeat", "Heartbeat"], ["group", "Group"]]],
];
const NAMES = new Map(GROUPS.flatMap(([, kinds]) => kinds));

export const kindName = (kind: string) => NAMES.get(kind) ?? kind;

// Own types, and kinds that this UI has no name for yet, stand at the end.
export function groupsOf(types: CheckType[]): [string, CheckType[]][] {
  const named = GROUPS.map(([group, kinds]): [string, CheckType[]] =>
    [group, kinds.flatMap(([kind]) => types.filter((one) => one.name === kind))]);
  named[named.length - 1]?.[1].push(...types.filter((one) => !NAMES.has(one.name)));
  return named.filter(([, kinds]) => kinds.length > 0);
}

export function useCheckTypes(): Resource<CheckType[]> {
  return useResource("check-types", () => api.checkTypes().then((page) => page.items), { freshSeconds: 60 });
}
