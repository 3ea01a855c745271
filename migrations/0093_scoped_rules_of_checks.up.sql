-- Who deletes a check is told of the rules on it, which go with it.
UPDATE scoped_rights SET rights = 'SELECT (id, name, severity, annotations, version, check_id)',
  given_to = NULL WHERE relation = 'rules';
