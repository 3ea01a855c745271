// Rules on values of series, those of instances and those that results of checks make.

#include "base/text.hpp"
#include "notifier/alert_book.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace monitron::notifier {
namespace {

constexpr std::chrono::minutes kStale{5};
// Of instances that are not defined yet.
constexpr std::size_t kMostStrangers = 256;     // batches
constexpr std::size_t kMostOfStranger = 5'000;  // series of a batch
constexpr std::chrono::seconds kStrangerKept{30};
constexpr std::chrono::minutes kPause{1};  // longer gaps count as this much talk

bool has_newer(const contracts::Batch& batch, std::int64_t oldest) {
  const auto newer = [&](const auto& one) { return one.time_ms >= oldest; };
  return std::any_of(batch.blocks.begin(), batch.blocks.end(), [&](const auto& block) {
    return std::any_of(block.frames.begin(), block.frames.end(), newer) ||
           std::any_of(block.points.begin(), block.points.end(), newer);
  });
}

}  // namespace

// The series that the writer makes of a result.
void AlertBook::observe_samples(const domain::CheckResult& result, const Check& check, Instant now,
                                Changes& changes) {
  if (thresholds_.empty() || result.slot < now - kStale - result.interval) return;
  // One that could not be run says nothing of the series that it lacks.
  const auto id = check.definition.id;
  if (result.outcome.status != domain::CheckStatus::unknown) hear(id, now);
  const auto labels = labels_of(check);
  for (const auto& value : domain::samples_of(result)) {
    for (const auto& match : thresholds_.of_value(id, labels, value)) {
      observe_value(match, {to_ms(result.slot), value.value}, now, changes);
    }
  }
}

void AlertBook::hear(const Uuid& source, Instant now) {
  auto& talk = talks_[source];
  if (talk.last != Instant{} && now > talk.last) {
    talk.heard += std::min<std::chrono::milliseconds>(now - talk.last, kPause);
  }
  talk.last = now;
}

void AlertBook::mark_heard(TrackedAlert& tracked) const {
  const auto talk = talks_.find(source_of(tracked.alert));
  tracked.heard = talk == talks_.end() ? std::chrono::milliseconds{0} : talk->second.heard;
}

Changes AlertBook::observe(const contracts::Batch& batch, Instant now) {
  Changes changes;
  const auto instance = instances_.find(batch.id.source.value);
  if (instance == instances_.end()) {
    keep_of_stranger(batch, now);
    return changes;
  }
  // What a spool sends late says nothing about now.
  const auto oldest = to_ms(now - kStale);
  if (has_newer(batch, oldest)) hear(batch.id.source.value, now);
  if (thresholds_.empty()) return changes;
  for (const auto& block : batch.blocks) {
    const auto& found = thresholds_.of_block(instance->second, block);
    if (found.empty()) continue;
    for (const auto& frame : block.frames) {
      if (frame.time_ms < oldest) continue;
      for (const auto& match : found) {
        const Sample sample{frame.time_ms, frame.values[match.place]};
        if (!contracts::is_absent(sample.value)) observe_value(match, sample, now, changes);
      }
    }
    for (const auto& point : block.points) {
      if (point.time_ms < oldest) continue;
      for (const auto& match : found) {
        if (match.place != point.series) continue;
        observe_value(match, {point.time_ms, point.value}, now, changes);
      }
    }
  }
  return with_inputs(std::move(changes));
}

void AlertBook::keep_of_stranger(const contracts::Batch& batch, Instant now) {
  const auto series =
      std::accumulate(batch.blocks.begin(), batch.blocks.end(), std::size_t{0},
                      [](std::size_t sum, const auto& block) { return sum + block.series_count; });
  if (batch.id.source == contracts::kSuite || series > kMostOfStranger) return;
  if (strangers_.size() >= kMostStrangers) strangers_.pop_front();
  strangers_.emplace_back(now, batch);
}

// Who is made and sends at once is known here some seconds later.
void AlertBook::observe_strangers(Instant now, Changes& changes) {
  for (auto& [at, batch] : std::exchange(strangers_, {})) {
    if (instances_.contains(batch.id.source.value)) {
      auto news = observe(batch, now);
      std::move(news.begin(), news.end(), std::back_inserter(changes));
    } else if (now - at < kStrangerKept) {
      strangers_.emplace_back(at, std::move(batch));
    }
  }
}

void AlertBook::observe_value(const SeriesMatch& match, const Sample& sample, Instant now,
                              Changes& changes) {
  const auto& [rule, threshold] = rules_[match.rule];
  const double value = sample.value;
  const bool holds = threshold->holds(value);
  const auto* known = machine_.find(AlertMachine::id_of(rule->id, match.subject));
  if (known == nullptr && !holds) return;
  Finding finding;
  finding.observed = from_ms(sample.time_ms);
  if (known != nullptr && finding.observed < known->observed) return;  // overtaken by a newer one
  finding.subject = match.subject;
  finding.labels = match.labels;
  finding.value = value;
  finding.title = rule->name;
  for (const char* name : {"check", "instance"}) {
    const auto about = match.labels.find(name);
    if (about == match.labels.end()) continue;
    finding.title += " on " + about->second;
    break;
  }
  finding.text = threshold->metric + " is " + short_number(value) + " (rule: " + rule->expr + ")";
  evaluate(match.rule, holds, finding, now, changes);
}

// Why an alert about a series ends by time alone; nothing when it does not.
const char* AlertBook::silenced(const TrackedAlert& tracked, Instant now) const {
  if (!tracked.alert.subject.starts_with(kSeriesSubject)) return nullptr;
  const auto source = source_of(tracked.alert);
  const auto talk = talks_.find(source);
  if (talk != talks_.end() && talk->second.heard - tracked.heard > kStale) {
    return "the series is gone";
  }
  // What was not yet told to anybody does not become so unseen.
  if (!tracked.alert.incident_id.is_nil()) return nullptr;
  const auto check = checks_.find(source);
  const auto pause = check == checks_.end() ? std::chrono::seconds{0} : check->second.interval;
  return now - tracked.seen > kStale + pause ? "no data for five minutes" : nullptr;
}

}  // namespace monitron::notifier
