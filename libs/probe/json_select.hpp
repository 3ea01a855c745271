#pragma once
// What a JSONPath selects of a document (RFC 9535). Pure, with a limit on its work.

#include "base/result.hpp"
#include "domain/json_path.hpp"

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace monitron::probe {

class Expressions;

// Nothing nested deeper than kJsonDepth is taken: what walks the document uses the stack.
inline constexpr int kJsonDepth = 256;
inline constexpr std::int64_t kJsonSteps = 2'000'000;

// Fault: invalid.
Result<nlohmann::json> parse_json(std::string_view text);

// The values in the order of the RFC, members by name. Fault: invalid when it takes more than
// kJsonSteps steps.
Result<std::vector<const nlohmann::json*>> select(const domain::JsonPath& path,
                                                  const nlohmann::json& document,
                                                  Expressions& expressions);

}  // namespace monitron::probe
