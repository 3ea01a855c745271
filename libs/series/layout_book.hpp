#pragma once
// Remembers layouts within a bound. Private to this room. Threads: any, each with a session of its
// own.

#include "series/layouts.hpp"
#include "series/session.hpp"
#include "series/stored_runs.hpp"

#include <mutex>

namespace monitron::series {

class LayoutBook {
 public:
  explicit LayoutBook(std::size_t places = 4'000'000) : max_places_(places) {}

  // What is known of `sources`; of those of which nothing is, what rows that are staged in `range`
  // have.
  Result<LayoutTable> of(Session& session, const std::vector<std::int32_t>& sources,
                         const StoredRange& range);
  // Reads these.
  Result<SourceLayouts> learn(Session& session, const std::vector<std::int32_t>& ids);

 private:
  struct Read {
    std::int32_t id = 0;
    std::int32_t source = 0;
    std::shared_ptr<const Places> places;
  };
  Result<std::vector<Read>> read(Session& session, const std::string& from);
  void remember(const std::vector<Read>& layouts);
  void note_without(const std::vector<std::int32_t>& sources, const LayoutTable& found);

  std::size_t max_places_;
  std::mutex mutex_;
  LayoutTable known_;
  std::size_t places_ = 0;
};

}  // namespace monitron::series
