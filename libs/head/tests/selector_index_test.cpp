// The index finds what asking every selector finds.

#include "head/selector_index.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::head {
namespace {

using promql::Labels;
using promql::Matcher;
using promql::MatchKind;

const char* any_name() { return *rc::gen::element("__name__", "a", "b"); }
const char* any_value() { return *rc::gen::element("", "x", "y", "z"); }

SelectorIndex::Matchers any_selector() {
  SelectorIndex::Matchers matchers;
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    const auto kind = *rc::gen::element(MatchKind::equal, MatchKind::equal, MatchKind::not_equal,
                                        MatchKind::regex, MatchKind::not_regex);
    matchers.push_back(*Matcher::make(kind, any_name(), any_value()));
  }
  return matchers;
}

RC_GTEST_PROP(SelectorIndex, FindsWhatAskingEachFinds, ()) {
  std::vector<SelectorIndex::Matchers> selectors;
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) selectors.push_back(any_selector());
  const SelectorIndex index(selectors);
  for (int i = 0; i < 8; ++i) {
    const Labels labels{{"__name__", any_value()}, {"a", any_value()}, {"b", any_value()}};
    std::vector<std::uint32_t> expected;
    for (std::uint32_t place = 0; place < selectors.size(); ++place) {
      if (promql::matches(selectors[place], labels)) expected.push_back(place);
    }
    RC_ASSERT(index.of(labels) == expected);
    if (!expected.empty()) RC_ASSERT(index.may_select(labels.get("__name__")));
  }
}

}  // namespace
}  // namespace monitron::head
