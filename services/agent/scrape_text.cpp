#include "agent/scrape_text.hpp"

#include "base/text.hpp"
#include "exposition/line.hpp"
#include "exposition/metadata_reader.hpp"

#include <algorithm>

namespace monitron::agent {
namespace {

constexpr const char* kJob = "job";

Labels labels_of(const contracts::Series& series, const std::string& job) {
  Labels labels;
  for (const auto& [name, value] : series.labels) {
    const bool is_ours = name == kJob || name == "instance";
    if (!value.empty()) labels.emplace(is_ours ? "exported_" + name : name, value);
  }
  labels.emplace(kJob, job);
  return labels;
}

Result<void> read_line(std::string_view text, const std::string& job, Measurements& out,
                       exposition::MetadataReader& metadata) {
  exposition::Line line;
  if (const auto* problem = exposition::split_line(text, line); problem != nullptr) {
    return fail(Fault::invalid, problem);
  }
  if (line.series.empty()) {
    if (!line.comment.empty()) metadata.read(line.comment);
    return {};
  }
  contracts::Series series;
  if (auto problem = exposition::read_series(line.series, series); !problem.empty()) {
    return fail(Fault::invalid, std::move(problem));
  }
  out.add(series.name.c_str(), line.value, labels_of(series, job));
  if (auto problem = contracts::problem_with(out.all().back().series); !problem.empty()) {
    return fail(Fault::invalid, std::move(problem));
  }
  if (out.all().size() > kMostScraped) {
    return fail(Fault::invalid, "more than " + std::to_string(kMostScraped) + " samples");
  }
  return {};
}

}  // namespace

Result<std::vector<Measurement>> read_scraped(std::string_view text, const std::string& job,
                                              const Labels& own,
                                              std::vector<domain::MetricMetadata>& metadata) {
  Measurements out(own);
  exposition::MetadataReader reader(trim(text).ends_with("# EOF"));
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto done = read_line(text.substr(0, end), job, out, reader); !done) {
      return fail(done.error().in("line " + std::to_string(number)));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  metadata = reader.take();
  auto all = out.all();
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.series < b.series; });
  const auto same = [](const auto& a, const auto& b) { return a.series == b.series; };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

}  // namespace monitron::agent
