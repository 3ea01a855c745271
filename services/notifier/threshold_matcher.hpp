#pragma once
// Which series the threshold rules are about: those of an instance, by the dictionaries that its
// batches carry (each looked into once), and those that a check's results make. Belongs to one
// thread.

#include "contracts/telemetry.hpp"
#include "domain/check_result.hpp"
#include "domain/threshold.hpp"
#include "store/alerts.hpp"

#include <map>
#include <unordered_map>

namespace monitron::notifier {

// A series that a rule is about.
struct SeriesMatch {
  std::uint32_t place = 0;  // in the dictionary
  std::size_t rule = 0;
  std::string subject;
  domain::LabelSet labels;
};

inline constexpr std::string_view kSeriesSubject = "series:";

class ThresholdMatcher {
 public:
  struct Rule {
    std::size_t place = 0;  // told back as SeriesMatch::rule
    domain::Threshold threshold;
    domain::LabelSet selector;
    bool operator==(const Rule&) const = default;
  };

  // Forgets what it found for other rules.
  void define(std::vector<Rule> rules);
  // … for an instance as it was, or that is gone.
  void forget(const Uuid& instance);
  bool empty() const { return rules_.empty(); }

  const std::vector<SeriesMatch>& of_block(const store::WatchedInstance& instance,
                                           const contracts::Block& block);
  // `labels`: of the check.
  std::vector<SeriesMatch> of_value(const Uuid& check, const domain::LabelSet& labels,
                                    const domain::ProbeValue& value) const;

 private:
  struct Candidate;
  static Candidate candidate(const store::WatchedInstance& instance,
                             const contracts::Series& series);
  bool asks_for(const contracts::Series& series) const;
  void find(const Candidate& candidate, std::vector<SeriesMatch>& found) const;

  std::vector<Rule> rules_;
  std::unordered_multimap<std::string, std::size_t> by_metric_;  // places in rules_
  std::map<std::pair<Uuid, contracts::DictionaryHash>, std::vector<SeriesMatch>> known_;
};

// PostgreSQL's text and jsonb know no NUL, and what a site answers may hold one.
std::string without_nul(std::string text);

}  // namespace monitron::notifier
