#pragma once
// The part of a row's labels that decides to which group it belongs: by / without of aggregations,
// on / ignoring of operators.

#include "promql/rows.hpp"

#include <string>

namespace monitron::promql {

class Projection {
 public:
  // only: these labels; otherwise all but these and the metric name.
  Projection(std::vector<std::string> names, bool only);

  // Equal for rows of one group. Lives until the next call.
  const std::string& key(const RowView& row);
  const std::string& key(const Labels& labels) { return key(RowView{&labels, false, {}}); }
  Labels labels(const RowView& row) const;
  Labels labels(const Labels& of) const { return labels(RowView{&of, false, {}}); }

 private:
  bool holds(std::string_view name) const;
  void append(std::string_view text);

  std::vector<std::string> names_;  // sorted
  bool only_;
  std::string key_;
};

}  // namespace monitron::promql
