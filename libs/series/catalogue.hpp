#pragma once
// The numbers of sources, series and layouts. Learns and remembers them; what is learned in a
// transaction is remembered only after its commit, because a rollback takes it back. Private to
// this room.
//
// Beyond a limit of series no new ones are made: what is stored of a layout then is only some of
// its places, and the rest is refused.

#include "contracts/telemetry.hpp"
#include "series/series_limits.hpp"
#include "series/session.hpp"

#include <map>
#include <set>
#include <unordered_map>

namespace monitron::series {

using SeriesList = std::vector<contracts::Series>;
using Hash = std::string;  // 16 raw bytes

struct Layout {
  std::int32_t source = 0;
  std::int32_t id = 0;    // 0: all of it is refused
  std::size_t width = 0;  // series that were wished for
  std::vector<std::int32_t> series;
  std::vector<std::uint32_t> kept;  // the places that are stored, when not all are
  std::int64_t turn = 0;            // of the ring, when it was last said that it is used
  std::chrono::steady_clock::time_point learned{};
  bool is_whole() const { return series.size() == width; }
};

// One set of series of one source. `key` names it within the source: a dictionary's hash.
struct LayoutWish {
  Uuid source;
  Hash key;
  auto operator<=>(const LayoutWish&) const = default;
};

class Catalogue {
 public:
  explicit Catalogue(SeriesLimitsConfig limits) : limits_(limits) {}

  // The ring has turned so often. Less often than before: it is another database, or an older state
  // of it, and nothing is known.
  void set_turn(std::int64_t turn);
  std::int64_t turn() const { return turn_; }

  // Nothing when it is not known yet.
  const Layout* find(const LayoutWish& wish) const;
  // Whether it is to be learned (again: what was refused may have room after a while, and who does
  // not say that it uses a layout may find that it was forgotten).
  bool is_wanted(const LayoutWish& wish) const;
  // Learns all of them, in a few statements and in sorted order, so that writers that learn the
  // same ones wait for each other instead of locking each other out.
  Result<void> learn(Session& session, const std::map<LayoutWish, SeriesList>& wishes);
  // The layout of a single series of a known layout, for sparse points.
  static LayoutWish single(const LayoutWish& wish, std::uint32_t place);

  // Why series of this source are refused, for people.
  Result<std::string> reason(Session& session, const Uuid& source);

  void commit();
  void roll_back();

 private:
  struct Needed;
  struct Wanted;
  Result<void> learn_sources(Session& session, const std::set<Uuid>& sources);
  Result<void> learn_series(Session& session, std::vector<Needed>& needed);
  Result<void> find_series(Session& session, Wanted& wanted);
  Result<void> make_series(Session& session, Wanted& wanted);
  Result<void> name_series(Session& session, const Wanted& wanted);
  Result<void> learn_layouts(Session& session, std::vector<Needed>& needed);
  Result<void> name_layouts(Session& session, const std::vector<Session::Parameter>& keys);
  std::int32_t source_id(const Uuid& source) const;

  std::int64_t turn_ = 0;
  std::unordered_map<Uuid, std::int32_t> sources_, new_sources_;
  std::map<LayoutWish, Layout> layouts_, new_layouts_;
  std::size_t remembered_series_ = 0;
  SeriesLimits limits_;
};

}  // namespace monitron::series
