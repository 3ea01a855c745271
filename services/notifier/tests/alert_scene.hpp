#pragma once
// A book of alerts over some checks, by results, windows and time; what it decided is kept as the
// database would keep it. No server is asked.

#include "notifier/alert_book.hpp"

#include <gtest/gtest.h>
#include <map>
#include <memory>

namespace monitron::notifier {

// What a host sends at a time: a value of each series.
inline contracts::Batch batch_of(const Uuid& host, Instant time,
                                 const std::vector<contracts::Series>& series,
                                 std::vector<double> values) {
  contracts::Batch batch;
  batch.id.source = SourceId{host};
  const auto count = static_cast<std::uint32_t>(series.size());
  batch.blocks.push_back(
      {contracts::pack_dictionary(series), count, {{to_ms(time), std::move(values)}}, {}});
  return batch;
}

struct AlertScene {
  using Change = domain::AlertChange;
  using Status = domain::CheckStatus;

  AlertBook::Definitions definitions;
  std::unique_ptr<AlertBook> book = std::make_unique<AlertBook>();
  std::map<Uuid, store::Alert> stored;
  Changes told;  // all that were decided
  int second = 0;

  static Instant at(int second) { return from_ms(1'700'000'000'000 + second * 1000LL); }
  Instant now() const { return at(second); }

  store::Rule& rule(std::vector<std::string> states = {"down"}) {
    auto& rule = definitions.rules.emplace_back();
    rule.id = Uuid::make();
    rule.name = "Check " + states.front();
    rule.kind = "check_state";
    rule.states = std::move(states);
    return rule;
  }
  store::Rule& threshold(const std::string& expr) {
    auto& made = rule();
    made.kind = "threshold";
    made.expr = expr;
    return made;
  }
  store::WatchedInstance& server(const std::string& hostname, store::Labels labels = {}) {
    return definitions.instances.emplace_back(
        store::WatchedInstance{Uuid::make(), hostname, std::move(labels), hostname, {}, {}});
  }
  Uuid check(const std::string& name, store::Labels labels = {}) {
    auto& check = definitions.checks.emplace_back();
    check.id = Uuid::make();
    check.name = name;
    check.kind = "tcp";
    check.labels = std::move(labels);
    check.interval = std::chrono::seconds(10);
    check.timeout = std::chrono::seconds(5);
    check.failures_before_down = 1;
    return check.id;
  }
  void behind(store::Labels children, std::vector<Uuid> parents) {
    definitions.dependencies.push_back(
        {Uuid::make(), "behind", std::move(children), std::nullopt, std::move(parents)});
  }
  void window(store::Labels selector, int from, int to) {
    definitions.windows.push_back(
        {Uuid::make(), "work", std::move(selector), false, at(from), at(to)});
  }

  Changes take(Changes changes) {
    for (const auto& change : changes) {
      const bool gone = change.change == Change::resolved || change.change == Change::cleared;
      if (gone) stored.erase(change.alert.id);
      if (!gone) stored[change.alert.id] = change.alert;
      told.push_back(change);
    }
    return changes;
  }
  Changes define() { return take(book->define(definitions, now())); }
  // Another program goes on from what is stored.
  Changes restart() {
    book = std::make_unique<AlertBook>();
    std::vector<store::Alert> alerts;
    for (const auto& [id, alert] : stored) alerts.push_back(alert);
    book->restore(std::move(alerts));
    return define();
  }
  Changes tick() { return take(book->tick(now())); }
  Changes sends(const Uuid& host, const std::vector<contracts::Series>& series,
                std::vector<double> values) {
    return take(book->observe(batch_of(host, now(), series, std::move(values)), now()));
  }
  Changes warns(const Uuid& check, const std::string& reason) {
    return result_at(check, "default", Status::up, reason, true);
  }
  Changes result(const Uuid& check, Status status, const std::string& reason = {}) {
    return result_at(check, "default", status, reason);
  }
  Changes result_at(const Uuid& check, const std::string& location, Status status,
                    const std::string& reason = {}, bool warning = false) {
    domain::CheckResult result;
    result.check_id = CheckId{check};
    result.location = location;
    result.slot = now();
    result.outcome.status = status;
    result.outcome.warning = warning;
    result.outcome.reason = reason.empty() && status == Status::down ? "refused" : reason;
    result.failures_before_down = result.successes_before_up = 1;
    result.interval = std::chrono::seconds(10);
    for (auto& one : definitions.checks) {
      if (one.id != check) continue;
      result.locations = static_cast<int>(one.locations.size());
      result.quorum = one.quorum;
      domain::advance(one.states, result);  // as the writer does
    }
    return take(book->observe(result, now()));
  }
  // "fired resolved …" of all that was decided so far.
  std::string decided() const {
    std::string words;
    for (const auto& change : told) words += std::string(domain::to_string(change.change)) + " ";
    return words;
  }
};

}  // namespace monitron::notifier
