#pragma once
// What the series of a source carry besides their own labels. Of an instance: its labels,
// `instance` (host name) and `server_id`; of a check: its labels, `check`, `check_id`, `kind`,
// `target`, `location` and, if it has one, `instance`; of what exists no more, its `server_id`, so
// that the series of different ones stay apart; of the nil source (imported samples) and of the
// suite itself: nothing.
// Characters that no label name of PromQL has become `_`. Private to this room. Threads: any.

#include "promql/labels.hpp"
#include "series/session.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace monitron::series {

struct SourceLabels {
  std::vector<promql::Labels::Pair> pairs{};
  std::string uuid{};
  std::string state{};       // of the rows it was made of
  std::uint64_t change = 0;  // another number whenever they are others
};
using SourceTable = std::unordered_map<std::int32_t, SourceLabels>;

class SourceBook {
 public:
  explicit SourceBook(std::chrono::milliseconds max_age) : max_age_(max_age) {}
  // At most so old; `fresh`: asked for now.
  Result<std::shared_ptr<const SourceTable>> table(Session& session, bool fresh = false);

 private:
  using Table = std::shared_ptr<const SourceTable>;
  Result<Table> read(Session& session, const Table& known);

  std::chrono::milliseconds max_age_;
  std::mutex mutex_;
  Table table_ = std::make_shared<const SourceTable>();
  std::string state_;
  std::chrono::steady_clock::time_point read_at_{};
};

}  // namespace monitron::series
