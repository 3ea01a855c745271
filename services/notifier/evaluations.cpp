#include "notifier/evaluations.hpp"

#include "notifier/alert_book.hpp"

namespace monitron::notifier {
namespace {

constexpr std::size_t kLongestText = 1000;

std::string waits_for(const store::Rule& rule, std::chrono::seconds fed_for) {
  const bool silence = rule.kind == "instance_silent" || rule.kind == "location_silent";
  if (!silence || fed_for.count() >= rule.for_seconds) return {};
  return "what is watched has not been heard for as long as the rule says yet";
}

}  // namespace

Evaluation hindered(const std::string& what, const Error& error) {
  auto text = what + ": " + error.text;
  if (is_transient(error.fault)) return {.waits_for = std::move(text)};
  return {.problem = std::move(text), .waits_for = what};
}

void Evaluations::restore(store::RuleEvaluations stored) {
  const std::lock_guard lock(mutex_);
  noted_ = std::move(stored);
  looked_.reset();
}

void Evaluations::define(const std::vector<store::Rule>& rules, std::chrono::seconds fed_for) {
  const std::lock_guard lock(mutex_);
  store::RuleEvaluations noted;
  judged_.clear();
  for (const auto& rule : rules) {
    if (!is_query(rule) && rule.kind != "recording") {
      if (!rule.derived_from) judged_[rule.id] = {rule.version, waits_for(rule, fed_for)};
      continue;
    }
    const auto known = noted_.find(rule.id);
    const bool same = known != noted_.end() && known->second.version == rule.version;
    if (same) noted.insert(noted_.extract(known));
  }
  noted_ = std::move(noted);
}

void Evaluations::note(const store::Rule& rule, const Evaluation& evaluation) {
  const std::lock_guard lock(mutex_);
  auto& one = noted_[rule.id];
  if (one.version != rule.version) one = {.version = rule.version};
  if (evaluation.seconds) one.at = evaluation.at;
  if (evaluation.seconds) one.seconds = evaluation.seconds;
  // Until it is evaluated again, what was wrong is not known to be mended.
  if (evaluation.seconds || !evaluation.problem.empty()) {
    one.problem = evaluation.problem.substr(0, kLongestText);
  }
  one.waits_for = evaluation.waits_for;
}

void Evaluations::look(Instant now) {
  const std::lock_guard lock(mutex_);
  looked_ = now;
}

store::RuleEvaluations Evaluations::all() const {
  const std::lock_guard lock(mutex_);
  auto all = noted_;
  for (const auto& [rule, judged] : judged_) {
    auto& one = all[rule];
    one = {.version = judged.version, .waits_for = judged.waits_for};
    if (judged.waits_for.empty()) one.at = looked_;
  }
  return all;
}

}  // namespace monitron::notifier
