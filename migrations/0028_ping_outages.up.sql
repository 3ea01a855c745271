-- When pings of heartbeats may have been turned away, so that a watcher that is started anew knows
-- it.
CREATE TABLE ping_outages (
  from_time timestamptz NOT NULL,
  to_time   timestamptz NOT NULL,
  what      text NOT NULL
);
