#pragma once
// Reads the members of a YAML mapping: complaints are gathered and name the member; those that
// nobody asked for are complaints too. Belongs to one thread.

#include "domain/threshold.hpp"
#include "rules/yaml.hpp"

#include <cstdint>
#include <set>

namespace monitron::rules {

struct Problem {
  std::string field;  // groups[0].rules[2].expr
  std::string reason;
  int line = 0;
  bool operator==(const Problem&) const = default;
};
using Problems = std::vector<Problem>;

class YamlMapping {
 public:
  // `node` outlives it. What is no mapping is a complaint, and has no members.
  YamlMapping(const Yaml& node, std::string path, Problems& problems);

  const Yaml* find(const char* name);        // null: absent, or nothing is said
  std::string text(const char* name);        // empty when absent
  std::int64_t duration(const char* name);   // in ms, as PromQL writes it; 0 when absent
  std::int64_t integer(const char* name);    // 0 when absent
  double number(const char* name);           // 0 when absent; +Inf, NaN too
  domain::LabelSet texts(const char* name);  // a mapping of scalars
  const std::vector<Yaml>& list(const char* name);

  void refuse(const std::string& name, std::string reason);
  void finish();  // complains about what was not asked for
  std::string path_of(std::string_view name) const;

 private:
  const Yaml& node_;
  std::string path_;
  Problems& problems_;
  std::set<std::string, std::less<>> known_;
};

std::string element(std::string_view path, std::size_t place);  // path[place]

}  // namespace monitron::rules
