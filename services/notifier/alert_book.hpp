#pragma once
// Decides which alerts there are: rules and what is observed in, changes out. What rules hold for
// is found here; how an alert goes on is AlertMachine's. Belongs to one thread.
//
// A rule on check states holds while the hard state of a check that it selects is one of the rule's
// states; what is said of it follows the reason of the latest result, every ten seconds at most.
// Unknown says nothing to rules that do not ask for it. While a check flaps, rules that ask for
// that hold, and to all others it says nothing: what fires goes on, what does not stays so; how it
// stands when the flapping ends decides. A threshold rule
// holds per series, be it of an instance or of a check. Silence is no all-clear: an alert whose
// whole source is silent goes on; it ends when the source goes on talking for five minutes without
// that one series. A rule in PromQL is evaluated elsewhere; each element of its result is an alert
// for as long as it is in it, and what could not be evaluated changes nothing. What is missing from
// its input (rules/input.hpp) means what the rule says: it ends (`ok`), nothing changes (`keep`),
// or it is trouble itself (`alert`): until the element is there again, or its server or check is
// deleted; elements are remembered for as long as this book and the rule's version last, and alerts
// about them beyond that. A rule on silent
// instances holds while an instance that sent something before has sent nothing for the rule's
// time; one on silent locations while no check of a location has a result for the rule's time and
// two intervals of the check that runs most often. A rule on failing rules holds from an evaluation
// that fails until one that does not.

#include "contracts/telemetry.hpp"
#include "domain/check_result.hpp"
#include "notifier/alert_machine.hpp"
#include "notifier/drill_beat.hpp"
#include "notifier/query_elements.hpp"
#include "notifier/rechecks.hpp"
#include "notifier/threshold_matcher.hpp"
#include "rules/input.hpp"

#include <deque>
#include <map>
#include <set>

namespace monitron::notifier {

// Rules whose expression is evaluated again and again, and whose result is their alerts.
bool is_query(const store::Rule& rule);
// Whether checkers run it at its slots: others say by their nature what is so now.
bool is_run(const store::WatchedCheck& check);

// What a rule in PromQL reads, for those that are about missing data too.
struct QueryInput {
  rules::Input shape;
  std::vector<domain::LabelSet> elements;
};

class AlertBook {
 public:
  struct Definitions {
    std::vector<store::Rule> rules;  // enabled ones
    std::vector<store::WatchedCheck> checks;
    std::vector<store::WatchedInstance> instances;
    // How long what instances send has reached us without a break; silence of before is our own.
    std::chrono::seconds fed_for{0};
    std::vector<domain::GateWindow> windows{};
    std::vector<domain::GateDependency> dependencies{};
  };

  AlertBook();
  AlertBook(const AlertBook&) = delete;  // its machine asks it
  AlertBook& operator=(const AlertBook&) = delete;

  // What was decided before, by this program or another one.
  void restore(std::vector<store::Alert> alerts);
  // Alerts of rules, checks and instances that are gone end; states of checks that are newer than
  // what was observed are taken over.
  Changes define(Definitions definitions, Instant now);
  Changes observe(const domain::CheckResult& result, Instant now);
  // A word about silence after which a result came: it says nothing.
  bool refutes(const domain::CheckResult& result) const;
  Changes observe(const contracts::Batch& batch, Instant now);
  // What a rule in PromQL evaluates to at `now`, no two elements with the same labels; of another
  // version of the rule than the defined one it is nothing. `input`: null, when the rule's no_data
  // is ok.
  Changes observe(const store::Rule& rule, const std::vector<QueryElement>& result, Instant now,
                  const QueryInput* input = nullptr);
  // What a drill is to be, whatever the gate says. Nothing, unless drill_rule() is defined.
  Changes observe(const DrillBeat& beat, Instant now);
  // How an evaluation of a rule went: why it failed, or nothing.
  Changes observe_evaluation(const store::Rule& rule, const std::string& problem, Instant now);
  // Time alone: pending alerts whose time has come, those held back at the gate, series that fell
  // silent. Every second or so.
  // `listening`: whether what is measured reaches us at all; if not, silence says nothing.
  Changes tick(Instant now, bool listening = true);
  // Nobody watched for as long, or the clock was set by it (negative: back): `for` and silence go
  // on from there. Before the next look.
  void pass_over(std::chrono::milliseconds time);

  // Checks that are to be run at once, by where they run: those that alerts wait for at the gate
  // (parents first), and those that are not up behind a parent that has come back. After each look
  // or tick; what is told here is not told again at once.
  using ByLocation = std::map<std::string, std::vector<Uuid>>;
  ByLocation take_wanted(Instant now);

  std::size_t alerts() const { return machine_.size(); }
  std::uint64_t refused() const { return machine_.refused(); }  // beyond the limit, so far
  // What fires and was told, as if it had begun to just now.
  Changes firing(Instant now) const { return machine_.firing(now); }

 private:
  struct CompiledRule {
    RulePtr rule;
    std::optional<domain::Threshold> threshold;
  };
  struct Arrival {
    Instant slot;  // of a result
    Instant at;    // when it came here
  };
  struct Check {
    store::WatchedCheck definition;
    domain::CheckStates states;
    std::string reason;
    std::chrono::seconds interval{60};
    bool flapped = false;  // when its rules were looked at last
    bool altered = true;   // since then, by what was defined
    Arrival latest{}, earlier{};
  };
  // How a check stands, as a rule's `states` name it and people are told.
  struct Standing {
    std::string state;
    std::string reason;
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
  // Of a rule in PromQL.
  struct QueryMemory {
    int version = 0;                             // of the rule
    std::optional<std::chrono::seconds> span{};  // of time that an evaluation looks at, by ranges
    std::map<Uuid, domain::LabelSet> alerts{};   // there are, by the labels of their elements
    bool had_input = false;
    std::map<domain::LabelSet, domain::LabelSet> seen{};  // elements of its input, by their keys
  };
  struct Sample {
    std::int64_t time_ms = 0;
    double value = 0;
  };

  // What stands defined. True: what checks are decided by is another one now.
  bool define_rules(std::vector<store::Rule> rules);
  bool define_instances(std::vector<store::WatchedInstance> definitions);
  void define_checks(std::vector<store::WatchedCheck> definitions);
  static Check first_look(store::WatchedCheck definition);
  static void look_again(Check& check, store::WatchedCheck definition);
  void define_gate(Definitions& definitions);
  const char* orphaned(const store::Alert& alert) const;
  const char* orphaned_silence(const store::Alert& alert, const store::Rule& rule) const;
  void end_orphans(Instant now, Changes& changes);
  TrackedAlert* evaluate(std::size_t rule, bool holds, const Finding& finding, Instant now,
                         Changes& changes);

  // States of checks.
  void evaluate_check(Check& check, Instant now, Changes& changes);
  Standing standing_of(const Check& check) const;
  domain::LabelSet labels_of(const Check& check) const;
  // Of what they name by check_id and server_id, all labels that are not among them.
  domain::LabelSet with_watched(domain::LabelSet labels) const;
  void show_to_gate(const Check& check);
  static void note_arrival(Check& check, Instant slot, Instant now);
  const Check* check_of(const store::Alert& alert) const;

  // Values of series.
  void observe_samples(const domain::CheckResult& result, const Check& check, Instant now,
                       Changes& changes);
  void observe_value(const SeriesMatch& match, const Sample& sample, Instant now, Changes& changes);
  void hear(const Uuid& source, Instant now);
  void keep_of_stranger(const contracts::Batch& batch, Instant now);
  void observe_strangers(Instant now, Changes& changes);
  void mark_heard(TrackedAlert& tracked) const;
  const char* silenced(const TrackedAlert& tracked, Instant now) const;

  // Silence of instances and locations.
  void evaluate_silence(std::chrono::seconds fed_for, Instant now, Changes& changes);
  void evaluate_silence(std::size_t rule, const store::WatchedInstance& instance, bool silent,
                        Instant now, Changes& changes);
  void note_locations(Instant now);
  void evaluate_quiet_locations(std::chrono::seconds fed_for, Instant now, Changes& changes);

  // Results of rules in PromQL.
  QueryMemory& memory_of(const store::Rule& rule);
  std::set<Uuid> observe_elements(std::size_t rule, const std::vector<QueryElement>& result,
                                  Instant now, Changes& changes);
  void note_seen(const QueryInput& input, QueryMemory& memory) const;
  void evaluate_no_data(std::size_t rule, const domain::LabelSet& labels, Instant now,
                        Changes& changes);
  void begin_no_data(std::size_t rule, const QueryInput& input,
                     const std::set<domain::LabelSet>& there, Instant now, Changes& changes);
  bool is_about_gone(const domain::LabelSet& labels) const;
  static domain::LabelSet element_of(const store::Alert& alert);

  // Evaluations of rules.
  const char* orphaned_failure(const store::Alert& alert, const store::Rule& rule) const;

  // Of what the machine asks, and what is told of its decisions.
  bool may_begin(const TrackedAlert& tracked) const;
  AlertMachine::Witness::Evidence evidence_of(const TrackedAlert& tracked, Instant now) const;
  Changes with_inputs(Changes changes) const;
  AlertMachine::Witness::Evidence evidence_of_query(const TrackedAlert& tracked) const;
  nlohmann::json votes_of(const Check& check) const;

  // Who is waited for.
  std::vector<Uuid> awaited() const;
  void want_children_of_recovered();

  AlertMachine machine_;
  std::vector<CompiledRule> rules_;
  std::vector<std::size_t> check_rules_;  // places of those on states of checks
  std::unordered_map<Uuid, std::size_t> rule_places_;
  ThresholdMatcher thresholds_;
  std::unordered_map<Uuid, Check> checks_;
  std::unordered_map<Uuid, store::WatchedInstance> instances_;
  std::map<std::string, Location> locations_;
  Instant looked_{};                      // at locations
  std::unordered_map<Uuid, Talk> talks_;  // by instance or check
  // What instances sent that are not defined yet: just made, most likely. Oldest first.
  std::deque<std::pair<Instant, contracts::Batch>> strangers_;
  std::unordered_map<Uuid, QueryMemory> queries_;  // by rule, of those in PromQL
  Uuid ended_drill_{};                             // the last one
  std::vector<std::size_t> on_rules_;              // places of rules on failing rules
  std::set<Uuid> failing_;                         // rules, as they were evaluated last
  std::unordered_set<Uuid> recovered_;             // parents, since the last look at what is wanted
  Rechecks rechecks_;
};

}  // namespace monitron::notifier
