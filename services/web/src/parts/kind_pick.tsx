import type { CheckType } from "../api/types";
import { groupsOf, kindName } from "../lib/check_types";

export function KindPick({ types, value, onChange }: { types: CheckType[]; value?: CheckType; onChange: (type: CheckType) => void }) {
  return (
    <div className="kinds" role="radiogroup" aria-label="Kind">
      {groupsOf(types).map(([group, kinds]) => (
        <div key={group}>
          <span className="quiet small">{group}</span>
          <div className="pick">
            {kinds.map((type) => (
              <label key={type.name} title={type.description}>
                <input type="radio" name="kind" checked={type.name === value?.name} onChange={() => onChange(type)} />
                <b>{kindName(type.name)}</b>
              </label>
            ))}
          </div>
        </div>
      ))}
      {value && !value.built_in && value.description && <p className="quiet small">{value.description}</p>}
    </div>
  );
}
