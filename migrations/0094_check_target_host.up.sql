-- The host that a check's target names, in small letters and without brackets: whose connections it
-- watches is found by it.
ALTER TABLE checks ADD COLUMN target_host text GENERATED ALWAYS AS (lower(trim(BOTH '[]' FROM
  substring(target FROM '^(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?:[^/@?#]*@)?'
    '(\[[0-9A-Fa-f:.]*\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*|[^/:?#]*)')))) STORED;
CREATE INDEX checks_target_host ON checks (target_host);
