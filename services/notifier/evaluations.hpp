#pragma once
// How the rules are evaluated here, for people to see: when last, how long it took, what is wrong.
// Threads: any.

#include "base/result.hpp"
#include "store/rule_evaluations.hpp"

#include <mutex>

namespace monitron::notifier {

// One evaluation, or a try of one.
struct Evaluation {
  Instant at{};
  std::optional<double> seconds{};  // none: it was not evaluated
  std::string problem{};            // why it cannot be; empty: it can
  std::string waits_for{};          // why it is not just now
};

// Of a rule for which something could not be had. Trouble that passes is waited for; it is all
// rules' at once, and no reason to tell people of each of them.
Evaluation hindered(const std::string& what, const Error& error);

class Evaluations {
 public:
  // What was stored, by this program or another one.
  void restore(store::RuleEvaluations stored);
  // The enabled rules; what was noted of others, or of other versions, is forgotten. `fed_for`: how
  // long what is watched reached us without a break, before which silence says nothing.
  void define(const std::vector<store::Rule>& rules, std::chrono::seconds fed_for);
  void note(const store::Rule& rule, const Evaluation& evaluation);
  // Rules of kinds that are judged as data arrives were looked at.
  void look(Instant now);
  store::RuleEvaluations all() const;

 private:
  struct Judged {
    int version = 0;
    std::string waits_for;
  };

  mutable std::mutex mutex_;  // guards what follows
  store::RuleEvaluations noted_;
  std::map<Uuid, Judged> judged_;
  std::optional<Instant> looked_;
};

}  // namespace monitron::notifier
