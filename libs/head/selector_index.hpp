#pragma once
// Which of many selectors select a series, without asking each: a selector is asked only about
// series that have that label of its equality matchers which the fewest others ask for. Private to
// this room. Whoever uses it sees to it that nobody changes it meanwhile.

#include "promql/matcher.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace monitron::head {

class SelectorIndex {
 public:
  using Matchers = std::vector<promql::Matcher>;
  SelectorIndex() = default;
  explicit SelectorIndex(std::vector<Matchers> selectors);

  // Whether any may select series of this name.
  bool may_select(std::string_view name) const;
  // Those that do, by their places in what this was made of; ascending.
  std::vector<std::uint32_t> of(const promql::Labels& labels) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  using Places = std::vector<std::uint32_t>;
  template <class Value>
  using ByLabel = std::map<std::string, ByText<Value>, std::less<>>;  // by name, by value

  void keep(std::uint32_t place, const ByLabel<std::size_t>& asked);
  void ask(const Places& some, const promql::Labels& labels, Places& found) const;

  std::vector<Matchers> selectors_;
  ByLabel<Places> by_label_;
  Places others_;  // without an equality matcher
  std::unordered_set<std::string, Hash, std::equal_to<>> names_;
  bool any_name_ = false;
};

}  // namespace monitron::head
