ALTER POLICY scoped ON instance_groups USING (
  EXISTS (SELECT FROM instance_group_members m WHERE m.group_id = instance_groups.id));
DROP FUNCTION groups_around(uuid[]);
