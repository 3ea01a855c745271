#include "rules/limit.hpp"

#include "domain/threshold.hpp"
#include "promql/limit.hpp"
#include "promql/parser.hpp"

namespace monitron::rules {

Result<std::string> with_limit(const std::string& kind, const std::string& expr, double limit) {
  if (kind == "threshold") return domain::with_limit(expr, limit);
  if (kind != "promql") return fail(Fault::invalid, "is of threshold and promql rules");
  const auto parsed = promql::parse(expr);
  if (!parsed) return fail(parsed.error());
  return promql::with_limit(*parsed, limit);
}

}  // namespace monitron::rules
