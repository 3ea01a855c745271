#include "head/selector_index.hpp"

#include <algorithm>

namespace monitron::head {
namespace {

// An empty value asks for series that lack the label.
bool asks_for_label(const promql::Matcher& matcher) {
  return matcher.kind() == promql::MatchKind::equal && !matcher.value().empty();
}

}  // namespace

SelectorIndex::SelectorIndex(std::vector<Matchers> selectors) : selectors_(std::move(selectors)) {
  ByLabel<std::size_t> asked;
  for (const auto& matchers : selectors_) {
    bool named = false;
    for (const auto& matcher : matchers) {
      if (!asks_for_label(matcher)) continue;
      ++asked[matcher.name()][matcher.value()];
      if (matcher.name() != promql::kMetricName) continue;
      names_.insert(matcher.value());
      named = true;
    }
    any_name_ = any_name_ || !named;
  }
  for (std::uint32_t place = 0; place < selectors_.size(); ++place) keep(place, asked);
}

void SelectorIndex::keep(std::uint32_t place, const ByLabel<std::size_t>& asked) {
  const promql::Matcher* rarest = nullptr;
  std::size_t fewest = 0;
  for (const auto& matcher : selectors_[place]) {
    if (!asks_for_label(matcher)) continue;
    const auto count = asked.at(matcher.name()).at(matcher.value());
    if (rarest != nullptr && count >= fewest) continue;
    rarest = &matcher;
    fewest = count;
  }
  auto& places = rarest == nullptr ? others_ : by_label_[rarest->name()][rarest->value()];
  places.push_back(place);
}

bool SelectorIndex::may_select(std::string_view name) const {
  return any_name_ || names_.contains(name);
}

std::vector<std::uint32_t> SelectorIndex::of(const promql::Labels& labels) const {
  Places found;
  ask(others_, labels, found);
  for (const auto& [name, value] : labels.pairs()) {
    const auto values = by_label_.find(name);
    if (values == by_label_.end()) continue;
    const auto places = values->second.find(value);
    if (places != values->second.end()) ask(places->second, labels, found);
  }
  std::sort(found.begin(), found.end());
  return found;
}

void SelectorIndex::ask(const Places& some, const promql::Labels& labels, Places& found) const {
  for (const auto place : some) {
    if (promql::matches(selectors_[place], labels)) found.push_back(place);
  }
}

}  // namespace monitron::head
