// GET /metadata in Prometheus's form: what senders told of their metrics, what is known of those
// that agents and checks make, and of the rest what the name tells.

#include "api/promql.hpp"
#include "base/text.hpp"
#include "domain/metric_metadata.hpp"

#include <algorithm>
#include <map>

namespace monitron::api {
namespace {

using domain::MetricMetadata;
using Known = std::map<std::string, std::vector<MetricMetadata>>;

constexpr std::int64_t kRangeMs = 86'400'000;  // who has samples in it is listed, told of or not

struct Asked {
  std::string metric{};                  // "": all
  std::int64_t limit = -1;               // negative: none
  std::int64_t of_each = 0;              // not positive: none
  series::SampleSource::Scope recent{};  // series with samples
};

// As Prometheus takes it: of any sign.
PromqlResult<std::int64_t> number(const PromqlParameters& parameters, const std::string& name,
                                  std::int64_t otherwise) {
  const auto text = parameters.one(name);
  if (text.empty()) return otherwise;
  const auto given = parse_number<std::int64_t>(text);
  if (!given) return refuse({PromqlError::Type::bad_data, name + " must be a number"});
  return *given;
}

PromqlResult<Asked> asked_of(const PromqlParameters& parameters, std::int64_t now) {
  Asked asked{.metric = parameters.one("metric"),
              .recent = {.sets = {}, .from_ms = now - kRangeMs, .to_ms = now}};
  const auto limit = number(parameters, "limit", asked.limit);
  if (!limit) return refuse(limit.error());
  const auto of_each = number(parameters, "limit_per_metric", asked.of_each);
  if (!of_each) return refuse(of_each.error());
  asked.limit = *limit;
  asked.of_each = *of_each;
  if (!asked.metric.empty()) {
    auto matcher = promql::Matcher::make(promql::MatchKind::equal, std::string(promql::kMetricName),
                                         asked.metric);
    asked.recent.sets.push_back({std::move(*matcher)});
  }
  return asked;
}

// Of a metric that nobody told of. The name tells a counter, as the conventions of Prometheus have
// it.
MetricMetadata guessed(const std::string& name) {
  return {name, name.ends_with("_total") ? "counter" : "unknown", "", ""};
}

bool is_part_of_told(const std::string& name, const Known& known) {
  const auto family = domain::family_of(name);
  return !family.empty() && known.contains(std::string(family));
}

Result<Known> known_of(const Asked& asked, series::SampleSource& source, promql::Budget& budget) {
  std::vector<std::string> wanted;
  if (!asked.metric.empty()) {
    wanted = {asked.metric, std::string(domain::family_of(asked.metric))};
  }
  const auto told = source.metadata(wanted, budget);
  if (!told) return fail(told.error());
  const auto names = source.label_values(std::string(promql::kMetricName), asked.recent, budget);
  if (!names) return fail(names.error());
  Known families;
  for (const auto& one : *told) families[one.name].push_back(one);
  auto known = families;
  for (const auto& name : *names) {
    const auto* own = domain::own_metadata(name);
    auto& list = known[own != nullptr ? own->name : name];
    if (own != nullptr && std::find(list.begin(), list.end(), *own) == list.end()) {
      list.insert(list.begin(), *own);
    }
    if (list.empty() && !is_part_of_told(name, families)) list.push_back(guessed(name));
  }
  if (!asked.metric.empty()) known = {{asked.metric, std::move(known[asked.metric])}};
  std::erase_if(known, [](const auto& one) { return one.second.empty(); });
  return known;
}

std::string text_of(const Known& known, const Asked& asked) {
  std::string data = "{";
  std::int64_t metrics = 0;
  for (const auto& [name, list] : known) {
    if (asked.limit >= 0 && metrics >= asked.limit) break;
    if (metrics++ > 0) data += ',';
    write_string(data, name);
    data += ":[";
    std::int64_t written = 0;
    for (const auto& one : list) {
      if (asked.of_each > 0 && written >= asked.of_each) break;
      data += written++ > 0 ? R"(,{"type":)" : R"({"type":)";
      write_string(data, one.type);
      write_string(data += R"(,"help":)", one.help);
      write_string(data += R"(,"unit":)", one.unit);
      data += '}';
    }
    data += ']';
  }
  return data += '}';
}

}  // namespace

void add_metadata_routes(http::Router& router, Context& context) {
  mount_promql(router, "/metadata", http::needs(kReadsMetrics),
               [&context](const auto& parameters, const auto& exchange) {
                 const auto asked = asked_of(parameters, to_ms(context.clock.now()));
                 if (!asked) return exchange->send(promql_answer(asked.error()));
                 run_query(context, context.queries.limits(), exchange,
                           [asked = *asked](auto& source, auto& budget) {
                             const auto known = known_of(asked, source, budget);
                             if (!known) return promql_answer(promql_error_of(known.error()));
                             return promql_answer(text_of(*known, asked));
                           });
               });
}

}  // namespace monitron::api
