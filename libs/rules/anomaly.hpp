#pragma once
// Rules on what is unusual: what is usual for each series of an expression is learnt from stored
// samples (domain/baseline), and an element is unusual while its value is outside of the band.
// Pure but for the source. The notifier, the API's bands and replays decide by it alike.

#include "domain/baseline.hpp"
#include "promql/query.hpp"

#include <map>

namespace monitron::rules {

using domain::AnomalyParameters;

inline constexpr std::size_t kMostLearntSeries = 1000;  // of a rule

// Labels without the metric's name, as the elements of a rule have them.
using Baselines = std::map<promql::Labels, domain::Baseline>;

// Learns from four weeks, two weeks or two days before `now_ms`, as the season asks, by a value
// about every 13 or 5 minutes. Series without enough history are left out. Faults: invalid (too
// many series, or two with the same labels), and those of queries.
Result<Baselines> learn_baselines(const promql::Expr& expr, const AnomalyParameters& parameters,
                                  std::int64_t now_ms, promql::Source& source,
                                  promql::Budget& budget);

struct Unusual {
  domain::Band band;
  bool outside = false;
};
// Nothing for a series of which nothing was learnt.
std::optional<Unusual> look(const Baselines& baselines, const AnomalyParameters& parameters,
                            const promql::Labels& labels, promql::Sample sample);

// "is 14.2; usual at this hour: 1.1 to 3.4"
std::string unusual_text(double value, const domain::Band& band);

}  // namespace monitron::rules
