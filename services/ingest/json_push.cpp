#include "ingest/json_push.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "domain/metric_types.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <simdjson.h>

namespace monitron::ingest {
namespace {

using contracts::Series;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxTypeBytes = 64;
constexpr std::size_t kShownBytes = 100;
constexpr const char* kNotText = "is not UTF-8, or holds a NUL";
constexpr std::array<const char*, 5> kMembers = {"metric_type", "metric_name", "value", "labels",
                                                 "timestamp"};
enum Member : std::size_t { kType, kName, kValue, kLabels, kTimestamp };
constexpr double kMilliseconds = 1e11;  // as seconds: the year 5138

bool is_label_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

// "load.1m" → "load_1m": what a metric may be called in the data model.
std::string metric_name_of(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    if (digit && out.empty()) out += '_';
    out += digit || letter ? c : '_';
  }
  return out;
}

// A name as complaints repeat it: theirs, but never a whole body.
std::string shown(std::string_view name) {
  if (name.size() <= kShownBytes && is_valid_utf8(name)) return std::string(name);
  return "(a name of " + std::to_string(name.size()) + " bytes)";
}

class Reader {
 public:
  Reader(const TimeWindow& window, Instant now, const PushLimits& limits)
      : window_(window), now_ms_(to_ms(now)), limits_(limits) {}

  Taken<Push> read(const element& root);

 private:
  void complain(std::string field, std::string code, std::string message) {
    if (errors_.size() < kMaxComplaints) {
      errors_.push_back({std::move(field), std::move(code), std::move(message)});
    }
  }
  std::string at(const char* member) const {
    return "metrics[" + std::to_string(index_) + "]" + (*member ? "." : "") + member;
  }
  void expect_once(const std::string& field, std::size_t times);
  Uuid read_server(const element& value);
  void read_metrics(const element& value);
  void read_metric(const element& item);
  std::string_view read_text(const element& value, const char* member, std::size_t limit);
  double read_value(const element& value);
  std::int64_t read_time(const element& value);
  void read_labels(const element& value, Series& series);
  std::uint32_t place_of(Series series);

  const TimeWindow& window_;
  const std::int64_t now_ms_;
  const PushLimits& limits_;
  OutsideWindow outside_;
  std::vector<http::FieldError> errors_;
  std::size_t index_ = 0;
  std::vector<Series> series_;
  std::map<std::string, std::uint32_t> places_;
  std::vector<contracts::Point> points_;
};

Taken<Push> Reader::read(const element& root) {
  object members;
  if (root.get(members)) return refuse(400, "unreadable", "the body is not a JSON object");
  Push push;
  std::size_t servers = 0, lists = 0;
  for (const auto& [name, value] : members) {
    if (name == "server_id") {
      ++servers;
      push.server = read_server(value);
    } else if (name == "metrics") {
      if (++lists > 1) continue;
      if (value.is_array() && simdjson::dom::array(value).size() > limits_.metrics) {
        return refuse(413, "too_large",
                      "more than " + std::to_string(limits_.metrics) + " metrics at once");
      }
      read_metrics(value);
    } else {
      complain(shown(name), "unknown", "is not a member of this request");
    }
  }
  expect_once("server_id", servers);
  expect_once("metrics", lists);
  if (!errors_.empty()) {
    return tl::unexpected<Refusal>(Refusal{400, "invalid",
                                           "nothing was stored: some metrics are not acceptable",
                                           std::move(errors_), outside_});
  }
  push.block.dictionary = contracts::pack_dictionary(series_);
  push.block.series_count = static_cast<std::uint32_t>(series_.size());
  push.block.points = std::move(points_);
  return push;
}

void Reader::expect_once(const std::string& field, std::size_t times) {
  if (times == 0) complain(field, "required", "is missing");
  if (times > 1) complain(field, "duplicate", "is given more than once");
}

Uuid Reader::read_server(const element& value) {
  std::string_view text;
  const bool is_text = !value.get(text);
  const auto id = Uuid::parse(is_text ? text : "");
  if (!id) complain("server_id", "invalid", "is not a UUID");
  return id.value_or(Uuid{});
}

void Reader::read_metrics(const element& value) {
  simdjson::dom::array items;
  if (value.get(items)) return complain("metrics", "invalid", "is not an array");
  if (items.size() == 0) complain("metrics", "required", "is empty");
  for (const auto& item : items) {
    read_metric(item);
    ++index_;
  }
}

void Reader::read_metric(const element& item) {
  object members;
  if (item.get(members)) return complain(at(""), "invalid", "is not an object");
  Series series;
  contracts::Point point;
  point.time_ms = now_ms_;
  std::string_view type, name;
  std::bitset<kMembers.size()> seen;
  for (const auto& [member, value] : members) {
    const auto which = static_cast<std::size_t>(
        std::find(kMembers.begin(), kMembers.end(), member) - kMembers.begin());
    if (which == kMembers.size()) {
      complain(at(shown(member).c_str()), "unknown", "is not a member of a metric");
      continue;
    }
    if (seen.test(which)) complain(at(kMembers[which]), "duplicate", "is given more than once");
    seen.set(which);
    if (which == kType) type = read_text(value, kMembers[which], kMaxTypeBytes);
    if (which == kName) name = read_text(value, kMembers[which], limits_.series.name_bytes);
    if (which == kValue) point.value = read_value(value);
    if (which == kLabels) read_labels(value, series);
    if (which == kTimestamp) point.time_ms = read_time(value);
  }
  for (const auto which : {kType, kName, kValue}) {
    if (!seen.test(which)) complain(at(kMembers[which]), "required", "is missing");
  }
  series.name = metric_name_of(name);
  if (series.name.size() > limits_.series.name_bytes && name.size() < series.name.size()) {
    complain(at("metric_name"), "too_long", "is too long to begin with a digit");
  }
  if (!errors_.empty()) return;
  series.labels.emplace_back(contracts::kMetricTypeLabel, domain::canonical_metric_type(type));
  series.labels.emplace_back(contracts::kMetricNameLabel, name);
  std::sort(series.labels.begin(), series.labels.end());
  point.series = place_of(std::move(series));
  points_.push_back(point);
}

std::string_view Reader::read_text(const element& value, const char* member, std::size_t limit) {
  std::string_view text;
  if (value.get(text)) {
    complain(at(member), "invalid", "is not a text");
    return {};
  }
  if (text.empty()) complain(at(member), "required", "is empty");
  if (text.size() > limit) {
    complain(at(member), "too_long", "is longer than " + std::to_string(limit) + " bytes");
  }
  if (!is_valid_utf8(text)) complain(at(member), "invalid", kNotText);
  return text;
}

double Reader::read_value(const element& value) {
  double number = 0;
  if (!value.get(number)) return number;
  std::string_view text;
  if (!value.get(text)) {
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  }
  complain(at("value"), "invalid", R"(is neither a number nor "NaN", "+Inf" or "-Inf")");
  return 0;
}

std::int64_t Reader::read_time(const element& value) {
  std::int64_t ms = 0;
  double number = 0;
  std::string_view text;
  if (!value.get(number)) {
    ms = push_time_of(number);
  } else if (!value.get(text)) {
    const auto parsed = parse_rfc3339(text);
    if (!parsed) {
      complain(at("timestamp"), "invalid", "is not RFC 3339, like 2026-11-21T10:00:00Z");
      return 0;
    }
    ms = to_ms(*parsed);
  } else {
    complain(at("timestamp"), "invalid", "is neither RFC 3339 nor a number of seconds");
    return 0;
  }
  if (!window_.contains(ms)) {
    window_.count(ms, 1, outside_);
    complain(at("timestamp"), "out_of_range", window_.text(ms));
  }
  return ms;
}

void Reader::read_labels(const element& value, Series& series) {
  object members;
  if (value.get(members)) return complain(at("labels"), "invalid", "is not an object");
  if (members.size() + 2 > limits_.series.labels) {
    return complain(at("labels"), "too_many",
                    "has more than " + std::to_string(limits_.series.labels - 2) + " labels");
  }
  for (const auto& [name, label] : members) {
    const auto field = at(("labels." + shown(name)).c_str());
    std::string_view text;
    if (!is_label_name(name) || name.size() > limits_.series.name_bytes || name.starts_with("__")) {
      complain(field, "invalid", "a label is named [a-zA-Z_][a-zA-Z0-9_]*, not beginning with __");
    } else if (label.get(text)) {
      complain(field, "invalid", "is not a text");
    } else if (text.size() > limits_.series.value_bytes) {
      complain(field, "too_long",
               "is longer than " + std::to_string(limits_.series.value_bytes) + " bytes");
    } else if (!is_valid_utf8(text)) {
      complain(field, "invalid", kNotText);
    } else {
      series.labels.emplace_back(name, text);
    }
  }
  std::sort(series.labels.begin(), series.labels.end());
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::adjacent_find(series.labels.begin(), series.labels.end(), same) != series.labels.end()) {
    complain(at("labels"), "invalid", "names a label twice");
  }
}

std::uint32_t Reader::place_of(Series series) {
  std::string key;
  for (const auto& [name, value] : series.labels) {
    key.append(name).append(1, '\0').append(value).append(1, '\0');
  }
  const auto [found, added] = places_.emplace(std::move(key), series_.size());
  if (added) series_.push_back(std::move(series));
  return found->second;
}

}  // namespace

Taken<Push> parse_push(const std::string& body, const TimeWindow& window, Instant now,
                       const PushLimits& limits) {
  thread_local simdjson::dom::parser parser;  // keeps its buffers
  element root;
  if (const auto error = parser.parse(body).get(root)) {
    return refuse(400, "unreadable",
                  std::string("the body is not JSON: ") + simdjson::error_message(error));
  }
  return Reader(window, now, limits).read(root);
}

std::int64_t push_time_of(double number) {
  const double scaled = std::abs(number) >= kMilliseconds ? number : number * 1000;
  return std::abs(scaled) < 1e15 ? std::llround(scaled) : 0;
}

contracts::BatchId push_id(const Uuid& server, std::string_view principal, std::string_view key) {
  contracts::BatchId id;
  id.source = SourceId{server};
  if (key.empty()) {
    random_bytes(id.epoch);
    return id;
  }
  const auto hash = sha256(std::string(principal) + '\0' + server.str() + '\0' + std::string(key));
  std::memcpy(id.epoch.data(), hash.data(), id.epoch.size());
  return id;
}

// Not by seq, which says of 0 alone that a retry may have other times.
contracts::BatchId push_part_id(const contracts::BatchId& push, std::uint64_t part) {
  if (part == 0) return push;
  auto id = push;
  const auto hash =
      sha256(std::string(push.epoch.begin(), push.epoch.end()) + std::to_string(part));
  std::memcpy(id.epoch.data(), hash.data(), id.epoch.size());
  return id;
}

}  // namespace monitron::ingest
