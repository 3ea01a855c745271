UPDATE scoped_rights SET rights = 'SELECT (id, name, severity, annotations, version)',
  given_to = NULL WHERE relation = 'rules';
