#include "rules/test_series.hpp"

#include "base/text.hpp"
#include "promql/parser.hpp"
#include "promql/quote.hpp"

#include <algorithm>
#include <limits>

namespace monitron::rules {
namespace {

constexpr const char* kNobody = "nobody:is:called:so";

// One item: `value`, `value x count`, `value ± step x count`.
struct Item {
  std::optional<double> value{};  // none: absent
  double step = 0;
  std::uint64_t count = 1;
};

std::optional<double> value_of(std::string_view text) {
  if (text == "stale") return std::bit_cast<double>(promql::kStaleBits);
  const auto lower = to_lower(text);
  std::string_view rest = lower;
  const bool minus = rest.starts_with('-');
  if (minus || rest.starts_with('+')) rest.remove_prefix(1);
  double value = 0;
  if (rest == "nan") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (rest == "inf") {
    value = std::numeric_limits<double>::infinity();
  } else if (const auto number = parse_number<double>(rest); number && !rest.starts_with('-')) {
    value = *number;
  } else {
    return std::nullopt;
  }
  return minus ? -value : value;
}

// Where the step begins: a sign that is neither the first character nor of an exponent.
std::size_t step_begin(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool exponent = text[i - 1] == 'e' || text[i - 1] == 'E';
    if ((text[i] == '+' || text[i] == '-') && !exponent) return i;
  }
  return std::string_view::npos;
}

std::optional<Item> item_of(std::string_view text) {
  Item item;
  const auto times = text.rfind('x');
  const auto front = text.substr(0, times);
  if (times != std::string_view::npos) {
    const auto count = parse_number<std::uint32_t>(text.substr(times + 1));
    if (!count) return std::nullopt;
    item.count = *count;
  }
  if (front == "_") return item;
  if (times != std::string_view::npos) ++item.count;  // the first one besides
  const auto at = times == std::string_view::npos ? times : step_begin(front);
  item.value = value_of(front.substr(0, at));
  if (!item.value) return std::nullopt;
  if (at == std::string_view::npos) return item;
  const auto step = value_of(front.substr(at));
  if (!step) return std::nullopt;
  item.step = *step;
  return item;
}

}  // namespace

Result<promql::Labels> read_series_name(std::string_view text) {
  text = trim(text);
  if (text.empty() || text == "{}") return promql::Labels();
  // A selector has to have a name or a value; a name that is taken away makes that so.
  const bool nameless = text.starts_with('{');
  const auto matchers = promql::parse_selector(std::string(nameless ? kNobody : "") += text);
  if (!matchers) return fail(matchers.error());
  std::vector<promql::Labels::Pair> pairs;
  for (const auto& matcher : *matchers) {
    if (matcher.kind() != promql::MatchKind::equal) {
      return fail(Fault::invalid, "a series has labels with `=`: " + promql::quote(text));
    }
    if (matcher.name() == promql::kMetricName && matcher.value() == kNobody) continue;
    pairs.emplace_back(matcher.name(), matcher.value());
  }
  return promql::Labels(std::move(pairs));
}

Result<std::vector<promql::Sample>> read_series_values(std::string_view text,
                                                       std::int64_t interval_ms, std::size_t most) {
  std::vector<promql::Sample> samples;
  std::int64_t place = 0;
  std::string blanks(text);
  for (auto& c : blanks) {
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  }
  for (const auto& part : split_list(blanks, ' ')) {
    const auto item = item_of(part);
    if (!item) return fail(Fault::invalid, "not a value of a series: " + promql::quote(part));
    if (item->count > most - std::min<std::size_t>(most, static_cast<std::size_t>(place))) {
      return fail(Fault::invalid, "the series are too long");
    }
    double value = item->value.value_or(0);
    for (std::uint64_t i = 0; i < item->count; ++i, ++place) {
      if (item->value) samples.push_back({place * interval_ms, value});
      value += item->step;
    }
  }
  return samples;
}

void TestSeries::put(const promql::Labels& labels, std::vector<promql::Sample> samples) {
  series_[labels] = std::move(samples);
}

void TestSeries::append(const promql::Labels& labels, promql::Sample sample) {
  auto& samples = series_[labels];
  const auto at = std::lower_bound(
      samples.begin(), samples.end(), sample.time_ms,
      [](const promql::Sample& one, std::int64_t time_ms) { return one.time_ms < time_ms; });
  if (at != samples.end() && at->time_ms == sample.time_ms) {
    *at = sample;
  } else {
    samples.insert(at, sample);
  }
}

Result<void> TestSeries::select(const promql::Selection& selection, promql::Budget& budget,
                                const Visit& visit) {
  const auto last = std::min(selection.to_ms, until_ms_);
  const auto before = [](const promql::Sample& one, std::int64_t time_ms) {
    return one.time_ms < time_ms;
  };
  for (const auto& [labels, samples] : series_) {
    if (!promql::matches(selection.matchers, labels)) continue;
    const auto begin = std::lower_bound(samples.begin(), samples.end(), selection.from_ms, before);
    const auto end = std::lower_bound(begin, samples.end(), last + 1, before);
    if (begin >= end) continue;
    const std::span<const promql::Sample> found(begin, end);
    if (auto taken = budget.take_samples(found.size()); !taken) return taken;
    if (auto visited = visit(labels, found); !visited) return visited;
  }
  return {};
}

}  // namespace monitron::rules
