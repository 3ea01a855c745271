#pragma once
// Decides which alerts there are: rules and what is observed in, changes out. Pure but for the
// clock values that it is given; belongs to one thread.
//
// A rule on check states holds while the hard state of a check that it selects is down; what is
// said of it follows the reason of the latest result, every ten seconds at most. A threshold rule
// holds per series, be it of an instance or of a check. Silence is no all-clear: an alert whose
// whole source is silent goes on; it ends when the source goes on talking for five minutes without
// that one series. A rule in PromQL is evaluated elsewhere; each element of its result is an alert
// for as long as it is in it, and what could not be evaluated changes nothing. A rule on silent
// instances holds while an instance that sent something before has sent nothing for the rule's
// time; one on silent locations while no check of a location has a result for the rule's time and
// two intervals of the check that runs most often.

#include "contracts/telemetry.hpp"
#include "domain/check_result.hpp"
#include "notifier/threshold_matcher.hpp"
#include "store/alerts.hpp"
#include "store/rules.hpp"

#include <map>
#include <set>
#include <unordered_map>

namespace monitron::notifier {

struct Change {
  domain::AlertChange change = domain::AlertChange::none;
  store::Alert alert;  // after it
  store::Rule rule;    // as it was when it was decided
  Instant at;
};
using Changes = std::vector<Change>;

// An element of what a rule in PromQL evaluates to.
struct QueryElement {
  domain::LabelSet labels;
  double value = 0;
};

class AlertBook {
 public:
  struct Definitions {
    std::vector<store::Rule> rules;  // enabled ones
    std::vector<store::WatchedCheck> checks;
    std::vector<store::WatchedInstance> instances;
    // How long what instances send has reached us without a break; silence of before is our own.
    std::chrono::seconds fed_for{0};
  };

  // What was decided before, by this program or another one.
  void restore(std::vector<store::Alert> alerts);
  // Alerts of rules, checks and instances that are gone end; states of checks that are newer than
  // what was observed are taken over.
  Changes define(Definitions definitions, Instant now);
  Changes observe(const domain::CheckResult& result, Instant now);
  // A word about silence after which a result came: it says nothing.
  bool refutes(const domain::CheckResult& result) const;
  Changes observe(const contracts::Batch& batch, Instant now);
  // What a rule in PromQL evaluates to, no two elements with the same labels; of another version
  // of the rule than the defined one it is nothing.
  Changes observe(const store::Rule& rule, const std::vector<QueryElement>& result, Instant now);
  // Time alone: pending alerts whose time has come, series that fell silent. Every second or so.
  // `listening`: whether what is measured reaches us at all; if not, silence says nothing.
  Changes tick(Instant now, bool listening = true);

  std::size_t alerts() const { return alerts_.size(); }
  std::uint64_t refused() const { return refused_; }  // alerts beyond the limit, so far
  // What fires, as if it had begun to just now.
  Changes firing(Instant now) const;

 private:
  struct CompiledRule {
    store::Rule rule;
    std::optional<domain::Threshold> threshold;
  };
  struct Check {
    store::WatchedCheck definition;
    domain::CheckStates states;
    std::string reason;
    std::chrono::seconds interval{60};
  };
  // Where checks run from.
  struct Location {
    Instant heard;       // slot of the latest result, no word about silence
    bool talks = false;  // it is another one than at the look before
    std::chrono::milliseconds quiet{0};
    std::chrono::seconds interval{0};  // the shortest one
  };
  // How long a source was heard of, pauses not counted.
  struct Talk {
    Instant last;
    std::chrono::milliseconds heard{0};
  };
  struct Tracked {
    store::Alert alert;
    std::size_t rule = 0;                // index into rules_
    Instant seen;                        // when its condition was last observed
    std::chrono::milliseconds heard{0};  // of its source, by then
    std::int64_t sampled_ms = 0;         // of the newest sample that it was observed by
    std::string told{};                  // its text, when a change was last told of
    Instant told_at{};
  };
  struct Sample {
    std::int64_t time_ms = 0;
    double value = 0;
  };
  struct Finding {
    std::string subject;
    std::string title;
    std::string text;
    domain::LabelSet labels;
    double value = 0;
  };

  Changes evaluate_check(const Check& check, Instant now);
  void observe_samples(const domain::CheckResult& result, const Check& check, Instant now,
                       Changes& changes);
  void hear(const Uuid& source, Instant now);
  void mark_seen(Tracked& tracked, Instant now) const;
  void evaluate_silence(std::chrono::seconds fed_for, Instant now, Changes& changes);
  void evaluate_silence(std::size_t rule, const store::WatchedInstance& instance, bool silent,
                        Instant now, Changes& changes);
  void note_locations(Instant now);
  void evaluate_quiet_locations(std::chrono::seconds fed_for, Instant now, Changes& changes);
  const char* silenced(const Tracked& tracked, Instant now) const;
  void evaluate(std::size_t rule, bool holds, const Finding& finding, Instant now,
                Changes& changes);
  static bool is_to_retell(const Tracked& tracked, Instant now);
  void end(Tracked& tracked, const std::string& why, Instant now, Changes& changes);
  Change change_of(domain::AlertChange change, const Tracked& tracked, Instant now) const;
  void add_change(domain::AlertChange change, Tracked& tracked, Instant now,
                  Changes& changes) const;
  const char* orphaned(const store::Alert& alert) const;
  const char* orphaned_silence(const store::Alert& alert, const store::Rule& rule) const;
  void end_orphans(Instant now, Changes& changes);
  bool selects(const store::Rule& rule, const Check& check) const;
  domain::LabelSet labels_of(const Check& check) const;
  void observe_value(const SeriesMatch& match, const Sample& sample, Instant now, Changes& changes);
  static bool is_about_silence(const store::Alert& alert);
  static bool is_about_check(const store::Alert& alert);
  static bool is_about_query(const store::Alert& alert);
  static Uuid alert_id(const Uuid& rule, const std::string& subject);
  static Uuid source_of(const store::Alert& alert);
  bool is_unknown(const store::Alert& alert) const;

  std::vector<CompiledRule> rules_;
  std::unordered_map<Uuid, std::size_t> rule_places_;
  ThresholdMatcher thresholds_;
  std::unordered_map<Uuid, Check> checks_;
  std::unordered_map<Uuid, store::WatchedInstance> instances_;
  std::map<std::string, Location> locations_;
  Instant looked_{};                      // at locations
  std::unordered_map<Uuid, Talk> talks_;  // by instance or check
  std::unordered_map<Uuid, Tracked> alerts_;
  std::unordered_map<Uuid, std::set<Uuid>> in_result_;  // alerts by rule, of those in PromQL
  std::uint64_t refused_ = 0;
};

}  // namespace monitron::notifier
