#include "notifier/feed_gaps.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

constexpr std::size_t kMaxSources = 200'000;

}  // namespace

bool FeedGaps::note(const contracts::BatchId& batch) {
  if (batch.seq == 0) return false;  // pushes are not numbered
  if (last_.size() >= kMaxSources && !last_.contains(batch.source.value)) last_.clear();
  const auto [found, is_new] = last_.try_emplace(batch.source.value, Last{batch.epoch, batch.seq});
  auto& last = found->second;
  const bool follows = !is_new && last.epoch == batch.epoch;
  const bool gap = follows && batch.seq > last.seq + 1;
  // A batch that is sent again, or late, is no news.
  last.seq = follows ? std::max(last.seq, batch.seq) : batch.seq;
  last.epoch = batch.epoch;
  return gap;
}

}  // namespace monitron::notifier
