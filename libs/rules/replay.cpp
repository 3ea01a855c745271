#include "rules/replay.hpp"

#include <algorithm>
#include <tuple>

namespace monitron::rules {
namespace {

constexpr std::int64_t kSteps = 1'000;  // evaluated at once

std::int64_t aligned(std::int64_t ms, std::int64_t interval) {
  return (ms + interval - 1) / interval * interval;
}

bool earlier(const Page& a, const Page& b) {
  return std::tie(a.fired_at, a.element) < std::tie(b.fired_at, b.element);
}

class Replay {
 public:
  Replay(const ReplayedRule& rule, Instant from, promql::Source& source, promql::Budget& budget,
         double left)
      : rule_(rule),
        alerts_(rule.alerting),
        from_(from),
        source_(source),
        budget_(budget),
        least_time_(left * static_cast<double>(budget.limits().time.count())),
        most_samples_((1 - left) * static_cast<double>(budget.limits().samples)) {}

  Result<Replayed> run(std::int64_t begin_ms, std::int64_t end_ms, const ReplayProgress& progress) {
    const auto step = rule_.interval.count();
    for (auto at = begin_ms; at <= end_ms && !done_.truncated; at += kSteps * step) {
      const auto ran = evaluate(at, std::min(end_ms, at + (kSteps - 1) * step));
      if (!ran) return fail(ran.error());
      done_.truncated = done_.truncated || (is_used_up() && done_.until < from_ms(end_ms));
      if (progress && done_.until > from_) {
        progress(std::chrono::duration_cast<std::chrono::seconds>(done_.until - from_));
      }
    }
    for (auto& [element, page] : open_) done_.pages.push_back(std::move(page));
    std::sort(done_.pages.begin(), done_.pages.end(), earlier);
    return std::move(done_);
  }

 private:
  bool is_used_up() const {
    return static_cast<double>(budget_.samples()) >= most_samples_ ||
           static_cast<double>(budget_.remaining().count()) <= least_time_;
  }

  Result<void> evaluate(std::int64_t begin_ms, std::int64_t end_ms) {
    const auto step = rule_.interval.count();
    const auto outcome =
        promql::query_range(rule_.expr, {begin_ms, end_ms, step}, source_, budget_, {});
    if (outcome) {
      take(std::get<promql::Matrix>(outcome->value), begin_ms, end_ms);
      return {};
    }
    const auto& error = outcome.error();
    if (budget_.is_cancelled()) return fail(error);
    if (is_used_up()) {
      done_.truncated = true;
      return {};
    }
    if (error.fault != Fault::invalid) return fail(error);
    if (begin_ms == end_ms) {
      if (done_.failed++ == 0) done_.first_failure = error.text;
      done_.until = from_ms(begin_ms);
      return {};
    }
    // It fails at some of the times only.
    const auto middle = begin_ms + (end_ms - begin_ms) / step / 2 * step;
    if (const auto first = evaluate(begin_ms, middle); !first || done_.truncated) return first;
    return evaluate(middle + step, end_ms);
  }

  void take(const promql::Matrix& matrix, std::int64_t begin_ms, std::int64_t end_ms) {
    std::vector<std::size_t> places(matrix.size(), 0);
    for (auto now = begin_ms; now <= end_ms && !done_.truncated; now += rule_.interval.count()) {
      promql::Vector vector;
      for (std::size_t i = 0; i < matrix.size(); ++i) {
        const auto& samples = matrix[i].samples;
        if (places[i] == samples.size() || samples[places[i]].time_ms != now) continue;
        vector.push_back({matrix[i].labels, samples[places[i]++]});
      }
      step(vector, from_ms(now));
    }
  }

  void step(const promql::Vector& vector, Instant now) {
    done_.until = now;
    const auto elements = elements_of(vector);
    auto changes = elements ? alerts_.observe(*elements, now) : fail(elements.error());
    if (!changes) {
      if (done_.failed++ == 0) done_.first_failure = changes.error().text;
      return;
    }
    for (auto& change : *changes) note(change, now);
  }

  void note(AlertSet::Change& change, Instant now) {
    if (change.change == domain::AlertChange::fired && now >= from_) {
      if (done_.pages.size() + open_.size() >= kMaxPages) {
        done_.truncated = true;
        return;
      }
      open_[change.element] = {change.element, std::move(change.alert.labels), now, std::nullopt,
                               change.alert.value};
    } else if (change.change == domain::AlertChange::resolved) {
      const auto found = open_.find(change.element);
      if (found == open_.end()) return;
      found->second.resolved_at = now;
      done_.pages.push_back(std::move(found->second));
      open_.erase(found);
    }
  }

  const ReplayedRule& rule_;
  AlertSet alerts_;
  Instant from_;
  promql::Source& source_;
  promql::Budget& budget_;
  double least_time_;  // of the budget, in ms
  double most_samples_;
  std::map<domain::LabelSet, Page> open_;
  Replayed done_;
};

bool overlap(const Page& a, const Page& b) {
  return a.fired_at <= b.resolved_at.value_or(Instant::max()) &&
         b.fired_at <= a.resolved_at.value_or(Instant::max());
}

}  // namespace

Result<Replayed> replay(const ReplayedRule& rule, const ReplayRange& range, promql::Source& source,
                        promql::Budget& budget, double left, const ReplayProgress& progress) {
  const auto [from, to] = range;
  if (to < from || to - from > kLongestReplay) {
    return fail(Fault::invalid, "the range must be at most 31 days, from before to");
  }
  const auto interval = rule.interval.count();
  const auto before = rule.alerting.times.hold_for + rule.interval;
  return Replay(rule, from, source, budget, left)
      .run(aligned(to_ms(from - before), interval), to_ms(to), progress);
}

Difference difference_of(const std::vector<Page>& now, const std::vector<Page>& before) {
  Difference difference;
  std::multimap<domain::LabelSet, const Page*> old;
  for (const auto& page : before) old.emplace(page.element, &page);
  for (const auto& page : now) {
    const auto [begin, end] = old.equal_range(page.element);
    const auto same =
        std::find_if(begin, end, [&](const auto& one) { return overlap(page, *one.second); });
    if (same == end) {
      difference.only_new.push_back(page);
    } else {
      ++difference.both;
      old.erase(same);
    }
  }
  for (const auto& [element, page] : old) difference.only_old.push_back(*page);
  std::sort(difference.only_old.begin(), difference.only_old.end(), earlier);
  return difference;
}

}  // namespace monitron::rules
