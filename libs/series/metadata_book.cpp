#include "series/metadata_book.hpp"

#include <map>

namespace monitron::series {
namespace {

constexpr std::size_t kMost = 20'000, kMostAtOnce = 5000;
constexpr std::chrono::hours kSayAgain{24};
constexpr std::chrono::minutes kChangeAgain{1};  // of senders that contradict each other

// Sorted, so that writers that store the same ones wait for each other.
constexpr const char* kStore =
    "WITH stored AS (INSERT INTO metric_metadata AS m (name, type, help, unit) "
    "SELECT n.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
    "AS n (name, type, help, unit) WHERE (SELECT count(*) FROM metric_metadata) < $5::bigint "
    "OR EXISTS (SELECT FROM metric_metadata o WHERE o.name = n.name) ORDER BY n.name COLLATE \"C\" "
    "ON CONFLICT (name) DO UPDATE SET type = excluded.type, help = excluded.help, "
    "unit = excluded.unit, told_at = now() "
    "WHERE (m.type, m.help, m.unit) <> (excluded.type, excluded.help, excluded.unit) "
    "OR m.told_at < now() - interval '12 hours' RETURNING name) "
    "SELECT name FROM stored UNION SELECT name FROM metric_metadata WHERE name = ANY ($1::text[])";

}  // namespace

bool MetadataBook::is_known(const domain::MetricMetadata& one,
                            std::chrono::steady_clock::time_point now) const {
  const auto found = told_.find(one.name);
  if (found == told_.end()) return false;
  const auto age = now - found->second.when;
  return found->second.metadata == one ? age < kSayAgain : age < kChangeAgain;
}

Result<void> MetadataBook::store(Session& session,
                                 const std::vector<const contracts::Batch*>& batches) {
  const auto now = std::chrono::steady_clock::now();
  std::map<std::string_view, const domain::MetricMetadata*> news;  // the last of each
  for (const auto* batch : batches) {
    for (const auto& one : batch->metadata) {
      if (!is_known(one, now) && (news.size() < kMostAtOnce || news.contains(one.name))) {
        news[one.name] = &one;
      }
    }
  }
  if (news.empty()) return {};
  ArrayText names, types, helps, units;
  for (const auto& [name, one] : news) {
    names.add(name);
    types.add(one->type);
    helps.add(one->help);
    units.add(one->unit);
  }
  auto there = session.run(
      kStore, {names.str(), types.str(), helps.str(), units.str(), std::to_string(kMost)});
  if (!there) return fail(there.error());
  if (told_.size() + news.size() > kMost) told_.clear();
  // There may be room for the others before long.
  for (const auto& [name, one] : news) told_[one->name] = {*one, now - kSayAgain + kChangeAgain};
  for (std::size_t i = 0; i < there->size(); ++i) told_[there->text(i, 0)].when = now;
  return {};
}

Result<void> forget_metadata(Session& session) {
  auto done = session.run("DELETE FROM metric_metadata WHERE told_at < now() - interval '30 days'");
  if (!done) return fail(done.error());
  return {};
}

}  // namespace monitron::series
