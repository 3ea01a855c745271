#include "notifier/wishes.hpp"

#include "contracts/check_wanted.hpp"

#include <algorithm>

namespace monitron::notifier {

Wishes::Wishes(mq::Publisher& publisher, service::Metrics& metrics)
    : publisher_(publisher),
      asked_(metrics.counter("monitron_notifier_rechecks_total",
                             "Runs of checks asked for because an alert waits for them.")),
      untold_(metrics.counter("monitron_notifier_rechecks_untold_total",
                              "Requests for such runs that reached no checker.")) {}

void Wishes::send(const AlertBook::ByLocation& wanted) {
  for (const auto& [location, checks] : wanted) {
    asked_.add(static_cast<double>(checks.size()));
    for (auto from = checks.begin(); from != checks.end();) {
      const auto left = static_cast<std::size_t>(checks.end() - from);
      const auto to = from + static_cast<std::ptrdiff_t>(std::min(left, contracts::kMostWanted));
      const auto done = [untold = untold_](const Result<void>& told) mutable {
        if (!told) untold.add();
      };
      auto message = contracts::to_message(contracts::CheckWanted{location, {from, to}});
      if (!publisher_.publish(std::move(message), done)) untold_.add();
      from = to;
    }
  }
}

}  // namespace monitron::notifier
