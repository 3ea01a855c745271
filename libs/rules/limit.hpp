#pragma once
// The same rule with another limit, as somebody wants it for himself. Pure.

#include "base/result.hpp"

namespace monitron::rules {

// The expression of a rule of this kind with another number at its end. It fails where there is
// none, and for kinds that compare nothing.
Result<std::string> with_limit(const std::string& kind, const std::string& expr, double limit);

}  // namespace monitron::rules
