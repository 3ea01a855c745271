#include "probe/expressions.hpp"

#include <re2/re2.h>

namespace monitron::probe {

struct Expressions::One {
  std::string pattern;
  std::unique_ptr<re2::RE2> compiled;
};

Expressions::Expressions() = default;
Expressions::~Expressions() = default;

const re2::RE2* Expressions::find(const std::string& pattern) {
  if (const auto known = by_pattern_.find(pattern); known != by_pattern_.end()) {
    used_.splice(used_.begin(), used_, known->second);
    return known->second->compiled.get();
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  auto compiled = std::make_unique<re2::RE2>(pattern, options);
  if (!compiled->ok()) return nullptr;
  if (used_.size() == kMost) {
    by_pattern_.erase(used_.back().pattern);
    used_.pop_back();
  }
  used_.push_front({pattern, std::move(compiled)});
  by_pattern_.emplace(used_.front().pattern, used_.begin());
  return used_.front().compiled.get();
}

bool matches(const re2::RE2& expression, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), expression);
}

}  // namespace monitron::probe
