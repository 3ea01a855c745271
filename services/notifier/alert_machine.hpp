#pragma once
// The alerts there are and how each goes on: pending, firing, held back at the gate, kept, ended.
// What they are about is found out elsewhere; how it stands is asked of a witness. Pure but for the
// ids of incidents; belongs to one thread.
//
// An alert that fires while the gate is shut is held back: it has no incident, and nobody is told.
// It asks again with every look and every tick. When the gate opens and its condition holds, its
// incident begins; when it ends before, it ends unheard.

#include "domain/alert_gate.hpp"
#include "store/alerts.hpp"
#include "store/rules.hpp"

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace monitron::notifier {

struct Change {
  domain::AlertChange change = domain::AlertChange::none;
  store::Alert alert;  // after it
  store::Rule rule;    // as it was when it was decided
  Instant at;
  // What was looked at: {rule, votes or samples, gate}.
  nlohmann::json inputs = nlohmann::json::object();
};
using Changes = std::vector<Change>;

using RulePtr = std::shared_ptr<const store::Rule>;

// What was found out about a subject of a rule.
struct Finding {
  std::string subject;
  std::string title;
  std::string text;  // empty: what was said before
  domain::LabelSet labels;
  double value = 0;    // NaN: none, for lack of data
  Instant observed{};  // the newest sample by which it was found; none: when it was looked at
};

struct TrackedAlert {
  store::Alert alert;
  RulePtr rule;                        // null: it is gone
  Instant seen;                        // when its condition was last observed
  std::chrono::milliseconds heard{0};  // of its source, by then
  Instant observed{};                  // as Finding::observed
  std::string told{};                  // its text, when a change was last told of
  Instant told_at{};
  std::string last_title{};  // for when it ends: of a condition that has ceased
  std::string last_text{};
};

class AlertMachine {
 public:
  // What the machine needs to know of what an alert is about.
  struct Witness {
    // Whether it may begin to fire, or to be told, by time alone.
    std::function<bool(const TrackedAlert&)> may_begin;
    struct Evidence {
      Instant at;                      // of the latest observation by which the condition holds
      std::chrono::seconds period{0};  // as domain::GateQuestion
    };
    std::function<Evidence(const TrackedAlert&, Instant now)> evidence;
  };
  explicit AlertMachine(Witness witness) : witness_(std::move(witness)) {}

  static Uuid id_of(const Uuid& rule, const std::string& subject);

  domain::AlertGate& gate() { return gate_; }
  const domain::AlertGate& gate() const { return gate_; }
  void restore(std::vector<store::Alert> alerts);
  TrackedAlert* find(const Uuid& id);
  const TrackedAlert* find(const Uuid& id) const;
  std::unordered_map<Uuid, TrackedAlert>& all() { return alerts_; }
  const std::unordered_map<Uuid, TrackedAlert>& all() const { return alerts_; }
  std::size_t size() const { return alerts_.size(); }
  std::uint64_t refused() const { return refused_; }

  // A look at a subject: whether the rule's condition holds. The alert as it is then; null: there
  // is none.
  TrackedAlert* evaluate(const RulePtr& rule, bool holds, const Finding& finding, Instant now,
                         Changes& changes);
  void tick(Instant now, Changes& changes);
  // As much of the clock's time is not to count: what is pending or kept ends later by it.
  void pass_over(std::chrono::milliseconds time);
  // Ends those that cannot go on: `why` says so, or null.
  void end_those(const std::function<const char*(TrackedAlert&)>& why, Instant now,
                 Changes& changes);
  Changes firing(Instant now) const;  // those that people were told of

 private:
  TrackedAlert* begin(const RulePtr& rule, const std::string& subject);
  // What becomes of a step that its condition made.
  domain::AlertChange pass_gate(TrackedAlert& tracked, domain::AlertChange change, bool holds,
                                Instant now);
  domain::AlertChange ask(TrackedAlert& tracked, Instant now);
  void end(TrackedAlert& tracked, const std::string& why, Instant now, Changes& changes);

  Witness witness_;
  domain::AlertGate gate_;
  std::unordered_map<Uuid, TrackedAlert> alerts_;
  std::uint64_t refused_ = 0;
};

// Subjects of alerts begin with what they are about.
inline constexpr std::string_view kCheckSubject = "check:";
inline constexpr std::string_view kInstanceSubject = "instance:";
inline constexpr std::string_view kLocationSubject = "location:";
inline constexpr std::string_view kQuerySubject = "query:";
inline constexpr std::string_view kRuleSubject = "rule:";
bool is_about_check(const store::Alert& alert);    // its state
bool is_about_silence(const store::Alert& alert);  // of an instance or a location
bool is_about_query(const store::Alert& alert);
bool is_about_rule(const store::Alert& alert);  // that cannot be evaluated
// The check, the instance or the rule that the alert is about; nil: something else.
Uuid source_of(const store::Alert& alert);

}  // namespace monitron::notifier
