// Rule files of Prometheus.

#include "rules/rule_file.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(rule_file) {
  using namespace monitron;
  rules::RuleFile file;
  const auto problems = rules::read_rule_file(bytes, file);
  for (const auto& problem : problems) {
    fuzz::must(!problem.reason.empty(), "a problem without words");
  }
  if (!problems.empty()) return;
  rules::RuleFile again;
  const auto yaml = rules::write_rule_file(file, "comment");
  fuzz::must(rules::read_rule_file(yaml, again).empty() && again == file,
             "what was written reads as something else");
}
