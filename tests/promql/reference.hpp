#pragma once
// A Prometheus of the test's own, filled by remote write, so that values keep every bit and series
// can be marked as ended.

#include "promql/query.hpp"
#include "testkit/program.hpp"

#include <memory>
#include <string>
#include <vector>

namespace monitron::promql {

// Empty: it is not installed.
std::string prometheus_program();

class Reference {
 public:
  Reference();
  ~Reference();
  bool ready() const;
  // In the order of time over all series. Returns what went wrong; empty: nothing.
  std::string fill(const std::vector<Series>& series);

  // What an endpoint answers: JSON.
  std::string query(const std::string& expr, std::int64_t time_ms) const;
  std::string query_range(const std::string& expr, std::int64_t start_ms, std::int64_t end_ms,
                          std::int64_t step_ms) const;

 private:
  std::string post(const std::string& path, const std::string& form) const;

  std::string directory_;
  std::string url_;
  std::unique_ptr<testkit::Program> program_;
};

}  // namespace monitron::promql
