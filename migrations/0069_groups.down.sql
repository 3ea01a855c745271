ALTER TABLE instances DROP COLUMN credentials, DROP COLUMN agent_port,
                      ADD COLUMN groups jsonb NOT NULL DEFAULT '[]';
UPDATE instances i SET groups = m.names
  FROM (SELECT instance_id, jsonb_agg(g.name ORDER BY g.name) AS names
        FROM instance_group_members JOIN instance_groups g ON g.id = group_id
        GROUP BY instance_id) m
  WHERE m.instance_id = i.id;
DROP TABLE instance_group_members, instance_groups;
