-- Rules that are on from the beginning, made of the templates of the same names (libs/rules): the
-- four thresholds, and what is certain to become trouble. They can be changed and deleted like any.

INSERT INTO rules (id, name, kind, expr, for_seconds, interval_seconds, states, severity,
                   annotations) VALUES
  ('00000000-0000-7000-8000-000000000006', 'Processors are busy', 'threshold',
   'node_cpu_usage_ratio{core="total"} > 0.8', 300, 15, '["down"]', 'warning',
   '{"summary": "{{ $labels.instance }}: processors {{ $value | humanizePercentage }}"}'),
  ('00000000-0000-7000-8000-000000000007', 'Memory is short', 'threshold',
   'node_memory_used_ratio > 0.85', 300, 15, '["down"]', 'warning',
   '{"summary": "{{ $labels.instance }}: memory {{ $value | humanizePercentage }}"}'),
  ('00000000-0000-7000-8000-000000000008', 'Response is slow', 'threshold',
   'probe_duration_seconds{kind="http"} > 1', 300, 15, '["down"]', 'warning',
   '{"summary": "{{ $labels.check }} takes {{ $value | humanizeDuration }} to answer"}'),
  ('00000000-0000-7000-8000-000000000009', 'Checks fail often', 'promql',
   '1 - avg without (location) (avg_over_time(probe_success{kind!~"group|heartbeat"}[15m])) > 0.05',
   300, 15, '["down"]', 'warning',
   '{"summary": "{{ $labels.check }}: failed {{ $value | humanizePercentage }}"}'),
  ('00000000-0000-7000-8000-000000000010', 'Check is flapping', 'check_state', '', 0, 15,
   '["flapping"]', 'warning', '{"summary": "{{ $labels.check }} is flapping"}'),
  ('00000000-0000-7000-8000-000000000011', 'Certificate expires', 'threshold',
   'probe_ssl_expiry_days < 14', 0, 15, '["down"]', 'warning',
   '{"summary": "{{ $labels.check }}: a certificate expires in {{ $value }} days"}'),
  ('00000000-0000-7000-8000-000000000012', 'File system is full soon', 'promql',
   'predict_linear(node_filesystem_avail_bytes[3h], 86400) < 0 and node_filesystem_used_ratio > 0.5',
   1800, 60, '["down"]', 'warning',
   '{"summary": "{{ $labels.instance }}: {{ $labels.mountpoint }} will be full soon"}')
ON CONFLICT (id) DO NOTHING;
