-- Callers with grants alone see the groups that one of theirs is within, as the API has it. A policy
-- cannot ask its own table, so that a function of the owner goes up the tree; it tells ids alone, of
-- what is asked for.
CREATE FUNCTION groups_around(inner_groups uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE up(id) AS (
    SELECT unnest(inner_groups)
    UNION SELECT g.parent_id FROM instance_groups g JOIN up USING (id) WHERE g.parent_id IS NOT NULL)
  SELECT id FROM up
$$;
-- Most groups have members of their own: the rest is asked for when one has not.
ALTER POLICY scoped ON instance_groups USING (
  EXISTS (SELECT FROM instance_group_members m WHERE m.group_id = instance_groups.id)
  OR id IN (SELECT groups_around(ARRAY(SELECT DISTINCT group_id FROM instance_group_members))));
