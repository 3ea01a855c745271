-- Who is at a delivery that takes its time, so that nobody else makes it, too. Written by the notifier.
CREATE TABLE delivery_claims (
  delivery_key text PRIMARY KEY,
  until        timestamptz NOT NULL  -- its holder, who renews it, is taken for dead then
);
