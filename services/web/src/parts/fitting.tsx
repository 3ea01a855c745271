import { api } from "../api/client";
import type { Labels } from "../api/types";
import { plural } from "../lib/format";
import { useResource } from "../lib/resource";
import { useSettled } from "../lib/settled";

const PAUSE_MS = 400;

// What has the labels now that somebody types: a slip in them fits nothing.
export function Fitting({ selector }: { selector: Labels }) {
  const asked = useSettled(JSON.stringify(selector), PAUSE_MS);
  const found = useResource(asked === "{}" ? null : `alerts/fitting/${asked}`, () => api.fitting(JSON.parse(asked) as Labels), { freshSeconds: 15 }).data;
  if (!found) return null;
  const { checks, instances, alerts } = found;
  const none = checks + instances + alerts === 0;
  return (
    <p className={none ? "note warn" : "note"} role="status">
      {none ? "Nothing has these labels now: no check, no instance and no alert. Series may have them."
        : `Now ${plural(checks, "check")}, ${plural(instances, "instance")} and ${plural(alerts, "alert")} that fires or is pending.`}
    </p>
  );
}
