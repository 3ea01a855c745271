#pragma once
// What is stored, as PromQL sees it: staging, chunks and rollups in one statement, so that a sample
// is read once however the compactor moves it meanwhile. Series carry, besides their own labels,
// those of what they belong to: of an instance its labels, `instance` (host name) and `server_id`;
// of a check its labels, `check`, `check_id`, `kind`, `target`, `location` and, if it has one,
// `instance`. A label of the series' own wins, but for server_id and check_id.
// Any thread may use it; it keeps a few connections.

#include "domain/metric_metadata.hpp"
#include "promql/source.hpp"

#include <memory>
#include <set>

namespace monitron::series {

struct SourceConfig {
  std::string database_url{};
  std::string application_name{};
  int connections = 4;
};

// What makes series many, as Prometheus's /status/tsdb tells it: the largest first.
struct Cardinality {
  struct Count {
    std::string name{};
    std::uint64_t value = 0;
  };
  using Counts = std::vector<Count>;
  std::uint64_t series = 0;
  std::uint64_t sources = 0;
  std::uint64_t chunks = 0;  // about
  std::uint64_t label_pairs = 0;
  std::int64_t min_time_ms = 0;
  std::int64_t max_time_ms = 0;
  Counts series_by_metric{};
  Counts series_by_source{};  // by host name, name of a check, or id
  // Of labels of the series' own, `__name__` among them.
  Counts values_by_label{};
  Counts bytes_by_label{};  // of all values
  Counts series_by_pair{};  // name=value
  bool exact = true;        // false: those of labels are of a part of very many series
};

class SampleSource : public promql::Source {
 public:
  explicit SampleSource(SourceConfig config);
  ~SampleSource() override;

  // The same, of what these sources sent (instances and checks, by id) and nothing else; but for
  // cardinality() and metadata(), which are about all.
  using Only = std::shared_ptr<const std::set<std::string>>;
  SampleSource of(Only sources) const;

  Result<void> select(const promql::Selection& selection, promql::Budget& budget,
                      const Visit& visit) override;

  // For Prometheus's metadata endpoints. `sets`: a series is meant if all matchers of one set hold;
  // none: all series. With samples in [from, to], as far as chunks and staging say (to the hour).
  struct Scope {
    std::vector<std::vector<promql::Matcher>> sets{};
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;
  };
  // Sorted, each once.
  using LabelsList = std::vector<std::shared_ptr<const promql::Labels>>;
  Result<LabelsList> series(const Scope& scope, promql::Budget& budget);
  // Lists of at most `limit`.
  Result<Cardinality> cardinality(std::size_t limit, promql::Budget& budget);
  Result<std::set<std::string>> label_names(const Scope& scope, promql::Budget& budget);
  Result<std::set<std::string>> label_values(const std::string& name, const Scope& scope,
                                             promql::Budget& budget);

  // What was told of metrics with their samples, by name: of these, or of all when none are named.
  using MetadataList = std::vector<domain::MetricMetadata>;
  Result<MetadataList> metadata(const std::vector<std::string>& names, promql::Budget& budget);

  // The numbers of the series that all matchers of one of `sets` mean, with samples or without.
  Result<std::vector<std::int32_t>> series_ids(
      const std::vector<std::vector<promql::Matcher>>& sets, promql::Budget& budget);

 private:
  struct State;
  class Selecting;
  SampleSource(std::shared_ptr<State> state, Only only);

  std::shared_ptr<State> state_;
  Only only_{};  // null: all
};

}  // namespace monitron::series
