#pragma once
// Selectors that are the same but for the value of one label are asked for at once: ten thousand
// rules of a hundred teams are a hundred questions to storage. Private to this room; pure.

#include "promql/matcher.hpp"

#include <cstdint>
#include <vector>

namespace monitron::head {

struct Asked {
  std::vector<promql::Matcher> matchers{};  // what they all select, and nothing else
  std::int64_t keep_ms = 0;                 // the longest
  std::vector<std::uint32_t> selectors{};   // their places in what was given
};

struct Question {
  const std::vector<promql::Matcher>* matchers = nullptr;
  std::int64_t keep_ms = 0;
};

std::vector<Asked> joined(const std::vector<Question>& questions);

}  // namespace monitron::head
