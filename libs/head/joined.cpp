#include "head/joined.hpp"

#include "head/needs.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace monitron::head {
namespace {

using Matchers = std::vector<promql::Matcher>;

constexpr std::size_t kValuesAtOnce = 200;

bool may_differ(const promql::Matcher& matcher) {
  return matcher.kind() == promql::MatchKind::equal && !matcher.value().empty() &&
         matcher.name() != promql::kMetricName;
}

// All but the one at `place`.
Matchers without(const Matchers& matchers, std::size_t place) {
  auto others = matchers;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(place));
  return others;
}

// What is the same of all that differ in the matcher at `place` alone.
std::string group_of(const Matchers& matchers, std::size_t place) {
  return matchers[place].name() + "\n" + key_of(without(matchers, place));
}

// As RE2 reads it back.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte) == 0 && c != '_') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

// The matcher that makes each one part of the largest group; none: it is alone.
class Groups {
 public:
  explicit Groups(const std::vector<Question>& questions) {
    for (const auto& question : questions) {
      const auto& matchers = *question.matchers;
      for (std::size_t i = 0; i < matchers.size(); ++i) {
        if (may_differ(matchers[i])) ++sizes_[group_of(matchers, i)];
      }
    }
  }
  std::size_t differs_in(const Matchers& matchers) const {
    auto best = matchers.size();
    std::size_t most = 1;
    for (std::size_t i = 0; i < matchers.size(); ++i) {
      const auto size = may_differ(matchers[i]) ? sizes_.at(group_of(matchers, i)) : 0;
      if (size <= most) continue;
      most = size;
      best = i;
    }
    return best;
  }

 private:
  std::map<std::string, std::size_t> sizes_;
};

}  // namespace

std::vector<Asked> joined(const std::vector<Question>& questions) {
  struct Some {
    Matchers same;
    std::string label;
    std::set<std::string> values;
    Asked asked;
  };
  const Groups groups(questions);
  std::vector<Asked> all;
  std::map<std::string, Some> open;
  const auto close = [&](Some& some) {
    std::string regex;
    for (const auto& value : some.values)
      regex.append(regex.empty() ? "" : "|").append(escaped(value));
    auto matcher = promql::Matcher::make(promql::MatchKind::regex, some.label, regex);
    some.asked.matchers = std::move(some.same);
    if (matcher) some.asked.matchers.push_back(std::move(*matcher));
    all.push_back(std::move(some.asked));
  };
  for (std::uint32_t i = 0; i < questions.size(); ++i) {
    const auto& [matchers, keep_ms] = questions[i];
    const auto place = groups.differs_in(*matchers);
    if (place == matchers->size()) {
      all.push_back({*matchers, keep_ms, {i}});
      continue;
    }
    const auto group = group_of(*matchers, place);
    auto& some = open[group];
    some.same = without(*matchers, place);
    some.label = (*matchers)[place].name();
    some.values.insert((*matchers)[place].value());
    some.asked.keep_ms = std::max(some.asked.keep_ms, keep_ms);
    some.asked.selectors.push_back(i);
    if (some.values.size() < kValuesAtOnce) continue;
    close(some);
    open.erase(group);
  }
  for (auto& [group, some] : open) close(some);
  return all;
}

}  // namespace monitron::head
