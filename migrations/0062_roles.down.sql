-- There was no role with less than viewer; who had another one must not get more than that.
UPDATE users SET role = 'viewer', token_version = token_version + 1
  WHERE role NOT IN ('admin', 'operator', 'viewer');
DELETE FROM invitations WHERE role NOT IN ('admin', 'operator', 'viewer');
DROP INDEX invitations_role;
ALTER TABLE invitations DROP CONSTRAINT invitations_role_fkey;
DROP INDEX users_role;
ALTER TABLE users DROP CONSTRAINT users_role_fkey;
ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('admin', 'operator', 'viewer'));
DROP TABLE roles;
