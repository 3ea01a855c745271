-- What each peer of Alertmanager has sent, by integration (slack, email …), as it counts it itself since
-- its start. Written by the notifier in charge.

CREATE TABLE alertmanager_sends (
  peer        text NOT NULL,
  integration text NOT NULL,
  tried       double precision NOT NULL,
  failed      double precision NOT NULL,
  seen_at     timestamptz NOT NULL,
  sent_at     timestamptz,  -- when some were found sent last
  failed_at   timestamptz,  -- and failed
  PRIMARY KEY (peer, integration)
) WITH (fillfactor = 50);

INSERT INTO rules (id, name, kind, expr, for_seconds, interval_seconds, states, severity,
                   annotations) VALUES
  ('00000000-0000-7000-8000-000000000049', 'Alertmanager cannot notify', 'promql',
   'monitron_alertmanager_sends_failing > 0', 0, 15, '["down"]', 'critical',
   '{"summary": "Alertmanager cannot send by {{ $labels.integration }}: who is told by it is not told of alerts"}')
ON CONFLICT (id) DO NOTHING;
