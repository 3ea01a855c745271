#include "notifier/peer_feed.hpp"

#include "alertmanager/cover.hpp"
#include "base/failpoint.hpp"
#include "base/label_name.hpp"
#include "base/log.hpp"
#include "domain/alert_labels.hpp"
#include "notifier/letters.hpp"

#include <algorithm>
#include <tuple>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;

constexpr auto kEndsAfter = 4min;
constexpr std::size_t kAtOnce = 500;
constexpr std::size_t kMostWaiting = 100'000;
constexpr std::chrono::milliseconds kFirstPause = 250ms;
constexpr std::chrono::milliseconds kLongestPause = 5s;

// One that fires before one that ended, the later one of two that are alike.
bool comes_before(const contracts::AlertChanged& a, const contracts::AlertChanged& b) {
  return std::tie(a.firing, a.at) < std::tie(b.firing, b.at);
}

}  // namespace

alertmanager::Labels labels_told(const contracts::AlertChanged& alert) {
  return alertmanager::labels_told(alert.labels, alert.rule_name, alert.severity);
}

alertmanager::Alert told_alert(const contracts::AlertChanged& alert, Instant now,
                               const std::string& public_url) {
  alertmanager::Alert told;
  told.labels = labels_told(alert);
  told.annotations =
      domain::told_annotations(with_plain_names(alert.annotations), alert.title, alert.text);
  told.starts_at = alert.starts_at;
  told.ends_at = alert.firing ? now + kEndsAfter : alert.at;
  told.generator_url = public_url;
  if (!alert.incident_id.value.is_nil()) {
    told.annotations["incident_id"] = alert.incident_id.str();
    told.generator_url = incident_url(alert, public_url);
  }
  return told;
}

std::vector<contracts::AlertChanged> one_per_label_set(
    std::vector<contracts::AlertChanged> alerts) {
  std::map<alertmanager::Labels, contracts::AlertChanged> told;
  for (auto& alert : alerts) {
    auto& one = told.try_emplace(labels_told(alert), alert).first->second;
    if (comes_before(one, alert)) one = std::move(alert);
  }
  std::vector<contracts::AlertChanged> all;
  all.reserve(told.size());
  for (auto& [labels, alert] : told) all.push_back(std::move(alert));
  return all;
}

PeerFeed::PeerFeed(Config config, service::Metrics& metrics, const Clock& clock, Accepted accepted)
    : config_(std::move(config)),
      clock_(clock),
      accepted_(std::move(accepted)),
      pushed_(metrics.counter("monitron_notifier_pushed_total", "Requests Alertmanager has taken.",
                              {{"peer", config_.peer.url()}})),
      failed_(metrics.counter("monitron_notifier_push_failures_total",
                              "Requests Alertmanager has not taken.",
                              {{"peer", config_.peer.url()}})),
      waits_(metrics.gauge("monitron_notifier_push_waiting",
                           "Alerts that this peer of Alertmanager is still to be told of.",
                           {{"peer", config_.peer.url()}})),
      thread_([this] { run(); }) {}

PeerFeed::~PeerFeed() {
  stop();
  thread_.join();
}

void PeerFeed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void PeerFeed::tell(const contracts::AlertChanged& alert, std::uint64_t term) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) return;  // told with all that there is
    waiting_[labels_told(alert)] = {alert, clock_.steady_now(), term};
  }
  wake_.notify_all();
}

void PeerFeed::tell_all(const std::vector<contracts::AlertChanged>& alerts, std::uint64_t term) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    for (const auto& alert : alerts) {
      waiting_[labels_told(alert)] = {alert, clock_.steady_now(), term};
    }
  }
  wake_.notify_all();
}

void PeerFeed::run() {
  auto pause = kFirstPause;
  for (;;) {
    auto alerts = next_ones();
    if (alerts.empty()) return;
    // Who stood still since it decided this looks first who decides now.
    const auto term = config_.term();
    if (term && *term != batch_term_) continue;
    if (term && push(alerts)) {
      pause = kFirstPause;
      continue;
    }
    put_back(std::move(alerts));
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pause, [&] { return stopping_; });
    pause = std::min(kLongestPause, pause * 2);
  }
}

// Waits for some; none: it is to end.
std::vector<contracts::AlertChanged> PeerFeed::next_ones() {
  std::unique_lock lock(mutex_);
  std::vector<contracts::AlertChanged> alerts;
  while (alerts.empty()) {
    waits_.set(static_cast<double>(waiting_.size()));
    wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return {};
    batch_since_ = clock_.steady_now();
    const auto oldest = batch_since_ - config_.life;
    for (const auto& [labels, one] : waiting_) batch_term_ = std::max(batch_term_, one.term);
    std::erase_if(waiting_, [&](const auto& one) {
      return one.second.since < oldest || one.second.term < batch_term_;
    });
    while (!waiting_.empty() && alerts.size() < kAtOnce) {
      batch_since_ = std::min(batch_since_, waiting_.begin()->second.since);
      alerts.push_back(std::move(waiting_.begin()->second.alert));
      waiting_.erase(waiting_.begin());
    }
  }
  return alerts;
}

// What has changed meanwhile holds.
void PeerFeed::put_back(std::vector<contracts::AlertChanged> alerts) {
  const std::lock_guard lock(mutex_);
  for (auto& alert : alerts) {
    auto labels = labels_told(alert);
    waiting_.try_emplace(std::move(labels), Waiting{std::move(alert), batch_since_, batch_term_});
  }
}

// A fault: none of it was taken, or not all, by a peer that may take it later.
Result<void> PeerFeed::push(Alerts alerts) {
  std::vector<alertmanager::Alert> told;
  told.reserve(alerts.size());
  for (const auto& alert : alerts) {
    told.push_back(told_alert(alert, clock_.now(), config_.public_url));
  }
  const auto posted = config_.peer.post(told);
  if (posted) {
    if (!alerts[0].incident_id.value.is_nil()) failpoint("alertmanager.after_tell");
    pushed_.add();
    accepted_(config_.peer.url(), alerts);
    return {};
  }
  failed_.add();
  const bool refused = posted.error().fault == Fault::invalid;
  if (refused && alerts.size() > 1) {
    // Something in it is bad: the others must not suffer.
    const auto half = alerts.size() / 2;
    const auto first = push(alerts.first(half));
    const auto second = push(alerts.subspan(half));
    return first ? second : first;
  }
  log::warning("alertmanager.refused", posted.error().text, {{"alert", alerts[0].title}});
  if (refused) return {};  // and always would be
  return posted;
}

}  // namespace monitron::notifier
