// How the head of the PromQL rules is kept whole.

#include "base/log.hpp"
#include "notifier/promql_rules.hpp"

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 200ms;
// What was sent before the feed was there is stored by then, mostly; the rest a second reading
// brings.
constexpr auto kSettle = 2s;
constexpr auto kSecondReading = 20s;
constexpr auto kRetry = 2s;
constexpr auto kTidy = 60s;

}  // namespace

struct PromqlRules::Filling {
  std::uint64_t feed = 0;
  SteadyInstant from;                  // not before
  std::optional<SteadyInstant> again;  // the second reading
  SteadyInstant tidy;
};

PromqlRules::PromqlRules(head::Config config, promql::Source& storage, service::Metrics& metrics,
                         const Clock& clock, Links links)
    : storage_(storage),
      clock_(clock),
      links_(std::move(links)),
      evaluations_(metrics.counter("monitron_notifier_rule_evaluations_total",
                                   "Evaluations of rules in PromQL.")),
      on_change_(metrics.counter("monitron_notifier_rule_evaluations_on_change_total",
                                 "Those of them because of samples that arrived.")),
      failures_(metrics.counter("monitron_notifier_rule_failures_total",
                                "Evaluations that failed and changed no alert.")),
      gaps_(metrics.counter("monitron_notifier_feed_gaps_total",
                            "Times that batches of an agent did not arrive in their order.")),
      seconds_(metrics.histogram("monitron_notifier_rule_evaluation_seconds",
                                 "Time that evaluations of rules in PromQL took.",
                                 {0.001, 0.01, 0.1, 1, 10})),
      series_(metrics.gauge("monitron_notifier_head_series", "Series in memory for rules.")),
      bytes_(metrics.gauge("monitron_notifier_head_bytes", "What they take.")),
      refused_(metrics.gauge("monitron_notifier_head_refused",
                             "Series and samples refused for want of memory, so far.")),
      waiting_(metrics.gauge("monitron_notifier_rules_waiting",
                             "Rules in PromQL that wait for samples to be read from storage.")),
      head_(config),
      anomalies_(storage, metrics, clock),
      filling_(std::make_unique<Filling>()) {}

PromqlRules::~PromqlRules() { stop(); }

void PromqlRules::keep_filled() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::size_t waiting = 0;
    for (const auto& [id, task] : tasks_) waiting += task->waiting ? 1 : 0;
    const bool asked = !tasks_.empty();
    lock.unlock();
    waiting_.set(static_cast<double>(waiting));
    const auto now = clock_.steady_now();
    if (const auto feed = this->feed(); feed != filling_->feed) {
      whole_ = 0;
      head_.lose();
      filling_->feed = feed;
      filling_->from = now + kSettle;
      filling_->again = now + kSecondReading;
    }
    if (asked && filling_->feed != 0 && now >= filling_->from) fill(now);
    if (now >= filling_->tidy) {
      head_.tidy(now_ms());
      filling_->tidy = now + kTidy;
    }
    show(head_.stats());
    lock.lock();
    if (!stopping_) fill_.wait_for(lock, kLook);
  }
}

void PromqlRules::fill(SteadyInstant now) {
  auto& filling = *filling_;
  Result<void> done;
  if (head_.wants_filling(now_ms())) done = head_.fill(storage_, now_ms());
  if (done) whole_ = filling.feed;
  if (done && filling.again && now >= *filling.again) {
    done = head_.read_again(storage_, now_ms());
    if (done) filling.again.reset();
  }
  if (!done) filling.from = now + kRetry;
  const std::lock_guard lock(mutex_);
  const bool is_new = !done && (!unfilled_ || unfilled_->text != done.error().text);
  if (is_new) log::warning("head.waiting", done.error().text);
  unfilled_.reset();
  if (!done) unfilled_ = done.error();
}

void PromqlRules::show(const head::Stats& stats) {
  series_.set(static_cast<double>(stats.series));
  bytes_.set(static_cast<double>(stats.bytes));
  refused_.set(static_cast<double>(stats.refused));
}

}  // namespace monitron::notifier
