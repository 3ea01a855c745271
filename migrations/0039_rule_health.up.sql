-- How the rules are evaluated, as the notifier in charge sees it; it writes it anew every few
-- seconds, so that a crash may take it. And rules on rules that cannot be evaluated.

CREATE UNLOGGED TABLE rule_evaluations (
  rule_id      uuid PRIMARY KEY,
  rule_version integer NOT NULL,
  evaluated_at timestamptz,             -- null: it was not yet
  seconds      double precision,        -- that it took; null: of kinds that take none of their own
  problem      text NOT NULL DEFAULT '',  -- why it cannot be evaluated; empty: it can
  waits_for    text NOT NULL DEFAULT ''   -- why it is not evaluated just now
) WITH (fillfactor = 50);

ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check CHECK
  (kind IN ('check_state', 'threshold', 'instance_silent', 'location_silent', 'promql', 'recording',
            'anomaly', 'rule_failing'));

INSERT INTO rules (id, name, kind, for_seconds, severity, annotations) VALUES
  ('00000000-0000-7000-8000-000000000013', 'Rule cannot be evaluated', 'rule_failing', 300,
   'critical',
   '{"summary": "The rule {{ $labels.rule }} cannot be evaluated: what it is about goes unnoticed"}')
ON CONFLICT (id) DO NOTHING;
