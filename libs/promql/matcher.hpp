#pragma once
// One condition of a selector. Regular expressions are RE2 and match the whole value, as
// Prometheus does it. https://prometheus.io/docs/prometheus/latest/querying/basics/

#include "base/result.hpp"
#include "promql/labels.hpp"

#include <memory>

namespace monitron::promql {

enum class MatchKind { equal, not_equal, regex, not_regex };

// = != =~ !~
MatchKind match_kind(bool regex, bool equal);

class Matcher {
 public:
  // Fault: invalid, for a regular expression that RE2 refuses.
  static Result<Matcher> make(MatchKind kind, std::string name, std::string value);

  MatchKind kind() const { return kind_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }
  bool matches(std::string_view value) const;  // a label that is not there has the value ""
  std::string str() const;                     // name=~"value"

 private:
  struct Regex;
  Matcher() = default;
  MatchKind kind_ = MatchKind::equal;
  std::string name_;
  std::string value_;
  std::shared_ptr<const Regex> regex_;  // shared between threads: RE2 matching is const
};

bool matches(const std::vector<Matcher>& matchers, const Labels& labels);

}  // namespace monitron::promql
