-- What rules say beyond their condition: how long an alert goes on, what missing data means, which
-- states of a check they are about; rules that record series, and rules on what is unusual.

ALTER TABLE rules
  ADD COLUMN keep_firing_for_seconds integer NOT NULL DEFAULT 0
    CHECK (keep_firing_for_seconds BETWEEN 0 AND 604800),
  ADD COLUMN no_data text NOT NULL DEFAULT 'ok' CHECK (no_data IN ('ok', 'alert', 'keep')),
  ADD COLUMN states jsonb NOT NULL DEFAULT '["down"]'
    CHECK (jsonb_typeof(states) = 'array' AND states <> '[]'
           AND states <@ '["down", "unknown", "warning", "flapping"]'),
  ADD COLUMN record text NOT NULL DEFAULT '',
  ADD COLUMN group_name text NOT NULL DEFAULT '',
  ADD COLUMN parameters jsonb NOT NULL DEFAULT '{}';
ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check CHECK
  (kind IN ('check_state', 'threshold', 'instance_silent', 'location_silent', 'promql', 'recording',
            'anomaly'));
ALTER TABLE rules ADD CONSTRAINT rules_record_check CHECK ((record <> '') = (kind = 'recording'));
CREATE INDEX rules_group ON rules (group_name) WHERE group_name <> '';
