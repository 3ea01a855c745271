#include "ingest/exposition.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "exposition/line.hpp"
#include "ingest/blocks.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

namespace monitron::ingest {
namespace {

using contracts::Series;
using exposition::is_label_name;
using exposition::is_metric_name;
using exposition::Line;
using exposition::MetadataReader;
using exposition::read_series;
using exposition::split_line;

constexpr std::string_view kName = "__name__";

// Seeded, so that nobody can choose texts that fall together.
struct TextHash {
  std::uint64_t seed = random_seed();

  static std::uint64_t random_seed() {
    std::array<std::uint8_t, 8> bytes;
    random_bytes(bytes);
    std::uint64_t seed = 0;
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
  }
  std::size_t operator()(std::string_view text) const {
    std::uint64_t hash = seed ^ text.size();
    while (text.size() >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), sizeof word);
      hash = mix(hash ^ word);
      text.remove_prefix(8);
    }
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), text.size());
    return mix(hash ^ word);
  }
  static std::uint64_t mix(std::uint64_t word) {
    word *= 0x9e3779b97f4a7c15;
    return word ^ (word >> 29);
  }
};

class Reader {
 public:
  Reader(const TimeWindow& window, const ExpositionForm& form, const ExpositionLimits& limits)
      : window_(window), form_(form), limits_(limits), openmetrics_(form.openmetrics) {}

  Taken<Exposition> read(std::string_view text);

 private:
  void read_line(std::string_view line);
  void complain(const char* code, std::string message) {
    if (errors_.size() < kMaxComplaints) {
      errors_.push_back({"line " + std::to_string(line_), code, std::move(message)});
    }
  }
  std::optional<std::uint32_t> place_of(std::string_view text);
  std::string make_series(std::string_view text, Series& series) const;
  void add_extra_labels(Series& series) const;
  std::string sort_labels(Series& series) const;
  std::uint32_t place_of(Series series);
  std::int64_t time_of(const Line& line) const;
  void end_block();

  const TimeWindow& window_;
  const ExpositionForm& form_;
  const ExpositionLimits& limits_;
  bool openmetrics_;
  std::size_t line_ = 0;
  std::size_t samples_ = 0;
  std::vector<http::FieldError> errors_;
  OutsideWindow outside_;

  // Of the block that is being made.
  std::vector<Series> series_;
  std::size_t series_bytes_ = 0;
  std::vector<contracts::Point> points_;
  std::unordered_map<std::string_view, std::uint32_t, TextHash> texts_;  // as they are written
  std::unordered_map<std::string, std::uint32_t, TextHash> places_;      // whatever their order

  Exposition read_;
  std::optional<MetadataReader> metadata_;
};

Taken<Exposition> Reader::read(std::string_view text) {
  openmetrics_ = openmetrics_ || trim(text).ends_with("# EOF");
  metadata_.emplace(openmetrics_);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    ++line_;
    read_line(text.substr(0, end));
    if (samples_ > limits_.samples) {
      return refuse(413, "too_large",
                    "more than " + std::to_string(limits_.samples) + " samples at once");
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!errors_.empty()) {
    const auto& first = errors_.front();
    auto detail = "nothing was stored; " + first.field + ": " + first.message;
    return tl::unexpected<Refusal>(
        Refusal{400, "invalid", std::move(detail), std::move(errors_), outside_});
  }
  end_block();
  read_.metadata = metadata_->take();
  return std::move(read_);
}

void Reader::read_line(std::string_view text) {
  Line line;
  const auto problem = split_line(text, line);
  if (problem != nullptr) return complain("invalid", problem);
  if (line.series.empty()) {
    if (!line.comment.empty()) metadata_->read(line.comment);
    return;
  }
  ++samples_;
  const auto place = place_of(line.series);
  if (!place) return;
  contracts::Point point{*place, form_.default_time_ms, line.value};
  if (line.time) point.time_ms = time_of(line);
  if (!window_.contains(point.time_ms)) {
    window_.count(point.time_ms, 1, outside_);
    return complain("out_of_range", "the time " + window_.text(point.time_ms));
  }
  points_.push_back(point);
  if (points_.size() >= limits_.block_samples) end_block();
}

std::int64_t Reader::time_of(const Line& line) const {
  const auto& time = *line.time;
  const bool seconds = openmetrics_ || time.fraction || !window_.contains(time.whole);
  return seconds && time.could_be_seconds() ? time.as_seconds() : time.whole;
}

// Nothing: it was complained about.
std::optional<std::uint32_t> Reader::place_of(std::string_view text) {
  if (const auto known = texts_.find(text); known != texts_.end()) return known->second;
  Series series;
  if (auto problem = make_series(text, series); !problem.empty()) {
    complain("invalid", std::move(problem));
    return std::nullopt;
  }
  if (series_.size() >= limits_.block_series || series_bytes_ > limits_.block_text_bytes) {
    end_block();
  }
  const auto place = place_of(std::move(series));
  texts_.emplace(text, place);
  return place;
}

std::string Reader::make_series(std::string_view text, Series& series) const {
  if (auto problem = read_series(text, series); !problem.empty()) return problem;
  if (const auto at = std::find_if(series.labels.begin(), series.labels.end(),
                                   [](const auto& label) { return label.first == kName; });
      at != series.labels.end()) {
    if (!series.name.empty()) return "the metric has two names";
    series.name = std::move(at->second);
    series.labels.erase(at);
  }
  if (!is_metric_name(series.name)) return "a metric is named [a-zA-Z_:][a-zA-Z0-9_:]*";
  if (series.name.size() > limits_.series.name_bytes) {
    return "the name is longer than " + std::to_string(limits_.series.name_bytes) + " bytes";
  }
  for (const auto& [name, value] : series.labels) {
    if (auto problem = problem_with_label(name, value, limits_.series); !problem.empty()) {
      return problem;
    }
  }
  if (auto problem = sort_labels(series); !problem.empty()) return problem;
  add_extra_labels(series);
  if (series.labels.size() <= limits_.series.labels) return {};
  return "has more than " + std::to_string(limits_.series.labels) + " labels";
}

// An empty label is none.
std::string Reader::sort_labels(Series& series) const {
  auto& labels = series.labels;
  std::sort(labels.begin(), labels.end());
  const auto twice =
      std::adjacent_find(labels.begin(), labels.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice != labels.end()) return "names the label " + twice->first + " twice";
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  return {};
}

void Reader::add_extra_labels(Series& series) const {
  for (const auto& extra : form_.extra_labels) {
    std::erase_if(series.labels, [&](const auto& label) { return label.first == extra.first; });
    if (!extra.second.empty()) series.labels.push_back(extra);
  }
  std::sort(series.labels.begin(), series.labels.end());
}

std::uint32_t Reader::place_of(Series series) {
  std::string key = series.name;
  for (const auto& [name, value] : series.labels) {
    key.append(1, '\0').append(name).append(1, '\0').append(value);
  }
  const auto bytes = key.size();
  const auto [found, added] =
      places_.emplace(std::move(key), static_cast<std::uint32_t>(series_.size()));
  if (added) {
    series_.push_back(std::move(series));
    series_bytes_ += bytes;
  }
  return found->second;
}

void Reader::end_block() {
  if (!points_.empty() && errors_.empty()) {
    auto& block = read_.blocks.emplace_back();
    block.dictionary = contracts::pack_dictionary(series_);
    block.series_count = static_cast<std::uint32_t>(series_.size());
    put_points(std::move(points_), block);
  }
  points_.clear();
  series_.clear();
  series_bytes_ = 0;
  texts_.clear();
  places_.clear();
}

}  // namespace

std::string problem_with_label(std::string_view name, std::string_view value,
                               const contracts::Limits& limits) {
  if (!is_label_name(name) || name.starts_with("__") || name.size() > limits.name_bytes) {
    return "a label is named [a-zA-Z_][a-zA-Z0-9_]*, not beginning with __, in at most " +
           std::to_string(limits.name_bytes) + " bytes";
  }
  if (value.size() > limits.value_bytes) {
    return "the label " + std::string(name) + " is longer than " +
           std::to_string(limits.value_bytes) + " bytes";
  }
  if (!is_valid_utf8(value))
    return "the label " + std::string(name) + " is not UTF-8, or holds a NUL";
  return {};
}

Taken<Exposition> parse_exposition(std::string_view text, const TimeWindow& window,
                                   const ExpositionForm& form, const ExpositionLimits& limits) {
  return Reader(window, form, limits).read(text);
}

}  // namespace monitron::ingest
