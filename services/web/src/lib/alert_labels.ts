import type { Check, Instance, Labels } from "../api/types";

// The labels that alerts of a check or an instance carry, as the notifier makes them.

export function labelsOfCheck(check: Check, instances: Instance[] = []): Labels {
  const host = instances.find((one) => one.id === check.instance_id);
  return {
    ...check.labels, check: check.name, check_id: check.id, kind: check.kind, target: check.target,
    ...(check.locations[0] ? { location: check.locations[0] } : {}), ...(host ? { instance: host.hostname } : {}),
  };
}

export const labelsOfInstance = (instance: Instance): Labels => ({ ...instance.labels, instance: instance.hostname, server_id: instance.id });
