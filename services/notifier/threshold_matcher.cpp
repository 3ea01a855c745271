#include "notifier/threshold_matcher.hpp"

#include "base/label_name.hpp"
#include "domain/metric_types.hpp"
#include "notifier/watched_labels.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

constexpr std::size_t kMaxDictionaries = 20'000;

}  // namespace

// A series that is asked about: its names, and what selectors may look at.
struct ThresholdMatcher::Candidate {
  std::string name;
  std::string sent_as;  // by its sender, before it was made a name of Prometheus
  domain::LabelSet asked;
  SeriesMatch match;  // but for the rule
};

std::string without_nul(std::string text) {
  std::erase(text, '\0');
  return text;
}

void ThresholdMatcher::define(std::vector<Rule> rules) {
  if (rules == rules_) return;
  rules_ = std::move(rules);
  known_.clear();
  by_metric_.clear();
  for (std::size_t i = 0; i < rules_.size(); ++i) by_metric_.emplace(rules_[i].threshold.metric, i);
}

void ThresholdMatcher::forget(const Uuid& instance) {
  const auto first = known_.lower_bound({instance, {}});
  auto last = first;
  while (last != known_.end() && last->first.first == instance) ++last;
  known_.erase(first, last);
}

// By its names alone: most series are nobody's, and finding out more costs more.
bool ThresholdMatcher::asks_for(const contracts::Series& series) const {
  if (by_metric_.contains(series.name)) return true;
  const auto is_asked = [&](const auto& label) {
    return label.first == contracts::kMetricNameLabel && by_metric_.contains(label.second);
  };
  return std::any_of(series.labels.begin(), series.labels.end(), is_asked);
}

const std::vector<SeriesMatch>& ThresholdMatcher::of_block(const store::WatchedInstance& instance,
                                                           const contracts::Block& block) {
  const auto key = std::pair{instance.id, block.dictionary.hash};
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  if (known_.size() >= kMaxDictionaries) known_.clear();
  std::vector<SeriesMatch> found;
  const auto series = contracts::unpack_dictionary(block.dictionary);
  if (series && series->size() == block.series_count) {
    for (std::uint32_t place = 0; place < series->size(); ++place) {
      if (!asks_for((*series)[place])) continue;
      auto one = candidate(instance, (*series)[place]);
      one.match.place = place;
      find(one, found);
    }
  }
  return known_[key] = std::move(found);
}

std::vector<SeriesMatch> ThresholdMatcher::of_value(const Uuid& check,
                                                    const domain::LabelSet& labels,
                                                    const domain::ProbeValue& value) const {
  if (!by_metric_.contains(value.name)) return {};
  Candidate one{value.name, value.name, {}, {}};
  one.match.subject = std::string(kSeriesSubject) + check.str() + ":" + value.name;
  one.match.labels = labels;
  for (const auto& [name, text] : value.labels) {
    one.match.subject.append(",").append(name).append("=").append(text);
    one.match.labels[as_label_name(name)] = without_nul(text);
  }
  one.asked = one.match.labels;
  std::vector<SeriesMatch> found;
  find(one, found);
  return found;
}

ThresholdMatcher::Candidate ThresholdMatcher::candidate(const store::WatchedInstance& instance,
                                                        const contracts::Series& series) {
  Candidate one{series.name, series.name, {}, {}};
  auto& match = one.match;
  match.subject = std::string(kSeriesSubject) + instance.id.str() + ":" + series.name;
  std::string type(domain::metric_type_of(series.name));
  for (const auto& [name, value] : series.labels) {
    match.subject.append(",").append(name).append("=").append(value);
    if (name == contracts::kMetricTypeLabel) {
      type = value;
    } else if (name == contracts::kMetricNameLabel) {
      one.sent_as = value;
    } else {
      match.labels[as_label_name(name)] = without_nul(value);
    }
  }
  // What is attached by name goes first, then the series' own, then what the server was given.
  for (const auto& [name, value] : attached_of(instance)) match.labels[name] = value;
  one.asked = match.labels;
  one.asked.try_emplace("metric_type", std::move(type));
  const auto given = labels_of(instance);
  match.labels.insert(given.begin(), given.end());
  one.asked.insert(given.begin(), given.end());
  return one;
}

void ThresholdMatcher::find(const Candidate& candidate, std::vector<SeriesMatch>& found) const {
  const auto look = [&](const std::string& name) {
    for (auto [one, end] = by_metric_.equal_range(name); one != end; ++one) {
      const auto& rule = rules_[one->second];
      if (!domain::selects(rule.threshold.labels, candidate.asked)) continue;
      if (!domain::selects(rule.selector, candidate.asked)) continue;
      found.push_back(candidate.match);
      found.back().rule = rule.place;
    }
  };
  look(candidate.name);
  if (candidate.sent_as != candidate.name) look(candidate.sent_as);
}

}  // namespace monitron::notifier
