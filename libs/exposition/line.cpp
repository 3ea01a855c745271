#include "exposition/line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>

namespace monitron::exposition {
namespace {

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

void skip_blanks(std::string_view& text) {
  std::size_t i = 0;
  while (i < text.size() && is_blank(text[i])) ++i;
  text.remove_prefix(i);
}

// Up to the next blank.
std::string_view take_word(std::string_view& text) {
  std::size_t i = 0;
  while (i < text.size() && !is_blank(text[i])) ++i;
  const auto word = text.substr(0, i);
  text.remove_prefix(i);
  skip_blanks(text);
  return word;
}

// Where the labels end that begin at `at`: behind the brace. npos: nowhere.
std::size_t end_of_labels(std::string_view text, std::size_t at) {
  bool quoted = false;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (!quoted && c == '}') return i + 1;
    if (quoted && c == '\\') ++i;
  }
  return std::string_view::npos;
}

bool read_number(std::string_view text, double& number) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (text.empty() || text.back() == ')') return false;  // a payload of NaN
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (stop != end) return false;
  if (error == std::errc::result_out_of_range) {  // too small is 0, too large is no number
    number = std::strtod(std::string(text).c_str(), nullptr);
    return std::abs(number) < 1;
  }
  if (error != std::errc{}) return false;
  if (std::isnan(number)) number = std::numeric_limits<double>::quiet_NaN();
  return true;
}

bool read_time(std::string_view text, LineTime& time) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, time.whole);
  if (stop == end && error == std::errc{}) {
    time.number = static_cast<double>(time.whole);
    return true;
  }
  if (!read_number(text, time.number) || !(std::abs(time.number) < 1e15)) return false;
  time.whole = std::llround(time.number);
  time.fraction = true;
  return true;
}

// The text between quotes at the beginning of `text`, which it takes away.
bool take_quoted(std::string_view& text, std::string& value) {
  if (!text.starts_with('"')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    if (c != '\\') {
      value += c;
      continue;
    }
    if (++i == text.size()) return false;
    // Any other escape stands for itself, as Prometheus reads it.
    if (text[i] == 'n') {
      value += '\n';
    } else if (text[i] == '"' || text[i] == '\\') {
      value += text[i];
    } else {
      value += '\\';
      value += text[i];
    }
  }
  return false;
}

std::string_view take_name(std::string_view& text) {
  std::size_t i = 0;
  while (i < text.size() && !is_blank(text[i]) && text[i] != '=' && text[i] != '{' &&
         text[i] != '}' && text[i] != ',' && text[i] != '"') {
    ++i;
  }
  const auto name = text.substr(0, i);
  text.remove_prefix(i);
  skip_blanks(text);
  return name;
}

}  // namespace

bool is_label_name(std::string_view name) {
  return !name.empty() && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_metric_name(std::string_view name) {
  const auto first = [](char c) { return is_letter(c) || c == ':'; };
  return !name.empty() && first(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return first(c) || is_digit(c); });
}

const char* split_line(std::string_view text, Line& line) {
  skip_blanks(text);
  if (text.starts_with('#')) line.comment = text;
  if (text.empty() || text.front() == '#') return nullptr;
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end]) && text[end] != '{') ++end;
  auto brace = end;
  while (brace < text.size() && is_blank(text[brace])) ++brace;
  if (brace < text.size() && text[brace] == '{') {
    end = end_of_labels(text, brace);
    if (end == std::string_view::npos) return "the labels do not end";
  }
  line.series = text.substr(0, end);
  text.remove_prefix(end);
  skip_blanks(text);
  const auto value = take_word(text);
  if (value.empty()) return "has no value";
  if (!read_number(value, line.value)) return "the value is not a number";
  if (text.empty() || text.front() == '#') return nullptr;
  const auto time = take_word(text);
  if (!read_time(time, line.time.emplace())) return "the time is not a number";
  if (text.empty() || text.front() == '#') return nullptr;
  return "there is more behind the time";
}

std::string read_series(std::string_view text, contracts::Series& series) {
  series.name = take_name(text);
  if (text.empty()) return {};
  if (text.front() != '{') return "a metric is named [a-zA-Z_:][a-zA-Z0-9_:]*";
  text.remove_prefix(1);
  skip_blanks(text);
  while (!text.starts_with('}')) {
    auto& [name, value] = series.labels.emplace_back();
    name = take_name(text);
    if (name.empty()) return "a label has no name";
    if (!text.starts_with('=')) return "the label " + name + " has no value";
    text.remove_prefix(1);
    skip_blanks(text);
    if (!take_quoted(text, value)) return "the value of the label " + name + " is not in quotes";
    skip_blanks(text);
    if (text.starts_with(',')) {
      text.remove_prefix(1);
      skip_blanks(text);
    } else if (!text.starts_with('}')) {
      return "behind the label " + name + " there is neither a comma nor the end";
    }
  }
  return {};
}

}  // namespace monitron::exposition
