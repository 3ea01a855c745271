#include "checker/slice_sender.hpp"

#include "base/log.hpp"
#include "checker/slot_metrics.hpp"
#include "contracts/check_results.hpp"
#include "contracts/telemetry.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace monitron::checker {

namespace {

constexpr std::chrono::seconds kBetweenTellings{1};
constexpr std::size_t kMostSpans = 1000;

// Spans that touch become one; of too many the two oldest do, with what lies between them.
void add_span(std::vector<Span>& spans, const Span& span) {
  spans.push_back(span);
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.from < b.from; });
  std::vector<Span> merged;
  for (const auto& one : spans) {
    if (!merged.empty() && one.from <= merged.back().to) {
      merged.back().to = std::max(merged.back().to, one.to);
    } else {
      merged.push_back(one);
    }
  }
  if (merged.size() > kMostSpans) {
    merged[1].from = merged[0].from;
    merged.erase(merged.begin());
  }
  spans = std::move(merged);
}

}  // namespace

struct SliceSender::Slice {
  Instant window;
  contracts::Message message;
  std::size_t slots = 0;
};

struct SliceSender::Shared {
  mutable std::mutex mutex;
  std::map<Instant, int> open;  // windows, and how many slices of each are not settled
  std::vector<Slice> refused;
  std::vector<Span> missed;
  std::vector<Span> telling;  // those that are on their way
  Instant told{};             // when that began

  void close(Instant window) {
    const auto found = open.find(window);
    if (--found->second == 0) open.erase(found);
  }
};

SliceSender::SliceSender(Publish publish, std::string location, std::string instance,
                         service::Metrics& metrics)
    : publish_(std::move(publish)),
      location_(std::move(location)),
      instance_(std::move(instance)),
      slices_(metrics.counter("monitron_checker_slices_sent_total", "Slices given to the broker.")),
      unsent_(metrics.counter("monitron_checker_slices_unsent_total",
                              "Slices that the broker did not confirm.")),
      missed_(missed_slots(metrics, location_, domain::MissReason::no_scheduler)),
      shared_(std::make_shared<Shared>()) {}

void SliceSender::send(Instant window, contracts::Message slice, std::size_t slots) {
  {
    const std::lock_guard lock(shared_->mutex);
    ++shared_->open[window];
  }
  publish({window, std::move(slice), slots});
}

void SliceSender::publish(Slice slice) {
  slices_.add();
  auto message = slice.message;
  auto held = std::make_shared<Slice>(std::move(slice));
  const Completion done = [held, shared = shared_,
                           unsent = unsent_](const Result<void>& sent) mutable {
    const std::lock_guard lock(shared->mutex);
    if (sent) return shared->close(held->window);
    unsent.add();
    shared->refused.push_back(std::move(*held));
    log::warning("slice.unsent", "a slice was not confirmed", {{"error", sent.error().text}});
  };
  if (!publish_(std::move(message), done)) done(fail(Fault::unavailable, "too many wait"));
}

void SliceSender::miss(const Span& span, std::size_t slots) {
  missed_.add(static_cast<double>(slots));
  const std::lock_guard lock(shared_->mutex);
  add_span(shared_->missed, span);
}

void SliceSender::look(Instant now) {
  std::vector<Slice> again;
  {
    const std::lock_guard lock(shared_->mutex);
    for (auto& slice : std::exchange(shared_->refused, {})) {
      if (now < slice.window + kUseful) {
        again.push_back(std::move(slice));
      } else {
        shared_->close(slice.window);
        missed_.add(static_cast<double>(slice.slots));
        add_span(shared_->missed, {slice.window, slice.window + kWindow});
      }
    }
  }
  for (auto& slice : again) publish(std::move(slice));
  tell_missed(now);
}

void SliceSender::tell_missed(Instant now) {
  contracts::CheckResults results{instance_, {}, {}};
  {
    const std::lock_guard lock(shared_->mutex);
    const auto pause = now - shared_->told;
    const bool waits = pause >= pause.zero() && pause < kBetweenTellings;
    if (shared_->missed.empty() || !shared_->telling.empty() || waits) return;
    shared_->telling = std::exchange(shared_->missed, {});
    shared_->told = now;
    for (const auto& [from, to] : shared_->telling) {
      results.missed.push_back(
          {std::nullopt, location_, from, to, domain::MissReason::no_scheduler});
    }
  }
  const Completion done = [shared = shared_](const Result<void>& told) {
    const std::lock_guard lock(shared->mutex);
    const auto spans = std::exchange(shared->telling, {});
    if (told) return;
    for (const auto& span : spans) add_span(shared->missed, span);
  };
  // Of all checks of the location, so of no source: any partition does.
  auto message = contracts::to_message(results, contracts::check_key(SourceId{}));
  if (!publish_(std::move(message), done)) done(fail(Fault::unavailable, "too many wait"));
}

Instant SliceSender::settled(Instant sent) const {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->open.empty()) sent = std::min(sent, shared_->open.begin()->first);
  for (const auto* spans : {&shared_->missed, &shared_->telling}) {
    if (!spans->empty()) sent = std::min(sent, spans->front().from);
  }
  return sent;
}

}  // namespace monitron::checker
