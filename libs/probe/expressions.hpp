#pragma once
// Compiled regular expressions of the checks that run now and ran lately: compiling costs more than
// matching. Threads: loop only.

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace re2 {
class RE2;
}

namespace monitron::probe {

class Expressions {
 public:
  static constexpr std::size_t kMost = 128;
  static constexpr std::int64_t kMemory = 1 << 20;  // that one may use

  // Null when it is no expression. Stays good until the next call.
  const re2::RE2* find(const std::string& pattern);
  std::size_t size() const { return used_.size(); }

  Expressions();
  ~Expressions();
  Expressions(const Expressions&) = delete;
  Expressions& operator=(const Expressions&) = delete;

 private:
  struct One;
  std::list<One> used_;  // the latest first
  std::unordered_map<std::string_view, std::list<One>::iterator> by_pattern_;
};

// Whether `text` has a match of it.
bool matches(const re2::RE2& expression, std::string_view text);

}  // namespace monitron::probe
