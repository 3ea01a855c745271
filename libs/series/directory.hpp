#pragma once
// The series there are and their complete labels: their own and those of what they belong to. A
// label of the series' own wins, but for server_id and check_id. What a series' own labels are
// never changes, so they are remembered within a bound. Private to this room. Threads: any, each
// with a session of its own.

#include "promql/source.hpp"
#include "series/source_labels.hpp"
#include "series/stored_runs.hpp"

#include <functional>
#include <set>
#include <span>

namespace monitron::series {

struct DirectoryConfig {
  std::size_t bytes = 64u << 20;               // of labels that are remembered, about
  std::chrono::milliseconds source_age{3000};  // so old the labels of instances and checks may be
};

struct FoundSeries {
  WantedSeries series{};
  std::shared_ptr<const promql::Labels> labels{};
  std::uint64_t hash = 0;  // of the labels
};

class Directory {
 public:
  explicit Directory(const DirectoryConfig& config = {})
      : config_(config), sources_(config.source_age) {}

  // Asked often while series are looked for, with the bytes that were found since; its fault ends
  // the search.
  using Keep = std::function<Result<void>(std::size_t bytes)>;
  // Those that match all of `matchers`, of the sources with one of these ids (null: of all), by
  // source and hash: such with the same labels, which
  // senders can make by other metric types, stand side by side.
  Result<std::vector<FoundSeries>> find(Session& session,
                                        const std::vector<promql::Matcher>& matchers,
                                        const std::set<std::string>* only, const Keep& keep);
  // What instances and checks give to some of these series, name and value.
  Result<std::set<promql::Labels::Pair>> given_labels(Session& session,
                                                      const std::set<std::int32_t>& series);
  // All names of metrics, sorted.
  static Result<std::vector<std::string>> names(Session& session);

 private:
  struct Known {
    FoundSeries found;
    std::uint64_t change = 0;  // of the source's labels that went into it
    std::size_t bytes = 0;
  };
  using Cache = std::unordered_map<std::int32_t, Known>;
  using Take = std::function<Result<void>(FoundSeries)>;

  Result<void> learn(Session& session, std::shared_ptr<const SourceTable>& sources,
                     std::span<const std::int32_t> ids, const Take& take);
  bool recall(std::int32_t id, const SourceTable& sources, FoundSeries& found);
  void remember(Known known);

  DirectoryConfig config_;
  SourceBook sources_;
  std::mutex mutex_;
  Cache fresh_, older_;  // used lately, and before that
  std::size_t fresh_bytes_ = 0;
};

}  // namespace monitron::series
