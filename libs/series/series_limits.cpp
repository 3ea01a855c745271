#include "series/series_limits.hpp"

#include "series/layouts.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kRememberedSources = 200'000;
// Others learn too, and series are deleted: near a limit that is looked at soon.
constexpr std::chrono::seconds kFreshBelow{600};
constexpr std::chrono::seconds kFreshNear{10};
constexpr std::chrono::seconds kFreshReason{300};

}  // namespace

bool SeriesLimits::is_fresh(const Count& count, std::size_t limit) const {
  if (count.since == Time{}) return false;
  const bool near = count.series >= limit - limit / 10;
  return SteadyClock::now() - count.since < (near ? kFreshNear : kFreshBelow);
}

Result<void> SeriesLimits::count(Session& session, const std::set<std::int32_t>& sources) {
  if (config_.per_source > 0) {
    if (auto done = count_sources(session, sources); !done) return done;
  }
  if (config_.in_all > 0 && !is_fresh(all_, config_.in_all)) return count_all(session);
  return {};
}

Result<void> SeriesLimits::count_sources(Session& session, const std::set<std::int32_t>& sources) {
  if (sources_.size() > kRememberedSources) sources_.clear();
  ArrayText wanted;
  bool any = false;
  for (const auto source : sources) {
    auto& known = sources_[source];
    if (is_fresh(known, config_.per_source)) continue;
    known = {0, SteadyClock::now()};
    wanted.add(source);
    any = true;
  }
  if (!any) return {};
  auto rows =
      session.run(("SELECT source_id, count(*) FROM series WHERE source_id = ANY ($1::int[]) AND " +
                   is_active() + " GROUP BY 1")
                      .c_str(),
                  {wanted.str()});
  if (!rows) {
    forget();
    return fail(rows.error());
  }
  for (std::size_t i = 0; i < rows->size(); ++i) {
    sources_[static_cast<std::int32_t>(rows->number(i, 0))].series =
        static_cast<std::size_t>(rows->number(i, 1));
  }
  return {};
}

Result<void> SeriesLimits::count_all(Session& session) {
  auto rows = session.run(("SELECT count(*) FROM series WHERE " + is_active()).c_str());
  if (!rows) return fail(rows.error());
  all_ = {static_cast<std::size_t>(rows->number(0, 0)), SteadyClock::now()};
  return {};
}

bool SeriesLimits::source_is_full(std::int32_t source) const {
  const auto known = sources_.find(source);
  return config_.per_source > 0 && known != sources_.end() &&
         known->second.series >= config_.per_source;
}

bool SeriesLimits::take(std::int32_t source) {
  if (source_is_full(source) || (config_.in_all > 0 && all_.series >= config_.in_all)) return false;
  if (config_.per_source > 0) ++sources_[source].series;
  ++all_.series;
  return true;
}

Result<std::string> SeriesLimits::reason(Session& session, std::int32_t source, const Uuid& uuid) {
  auto& known = reasons_[source];
  const auto now = SteadyClock::now();
  if (known.since != Time{} && now - known.since < kFreshReason) return known.text;
  auto rows = session.run(
      ("WITH own AS (SELECT name, labels FROM series WHERE source_id = $1::int AND " + is_active() +
       ") SELECT (SELECT count(*) FROM own), key, count(*) FROM (SELECT DISTINCT key, value "
       "FROM own, jsonb_each_text(labels || jsonb_build_object('__name__', name))) v "
       "GROUP BY key ORDER BY 3 DESC, key LIMIT 1")
          .c_str(),
      {std::to_string(source)});
  if (!rows) return fail(rows.error());
  const auto count = rows->size() > 0 ? rows->text(0, 0) : "0";
  auto text = "source " + uuid.str() + " has " + count + " series";
  text += source_is_full(source)
              ? ", the limit"
              : ", and all sources together have " + std::to_string(config_.in_all) + ", the limit";
  if (rows->size() > 0)
    text += "; label " + rows->text(0, 1) + " has " + rows->text(0, 2) + " values";
  if (reasons_.size() > kRememberedSources) reasons_.clear();
  reasons_[source] = {text, now};
  return text;
}

void SeriesLimits::forget() {
  sources_.clear();
  all_ = {};
}

}  // namespace monitron::series
