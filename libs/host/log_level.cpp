#include "host/log_level.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

namespace monitron::host {
namespace {

constexpr std::size_t kLookedAt = 200;
constexpr std::size_t kLongestWord = 9;
constexpr std::string_view kColour = "\x1b[";

struct Word {
  std::string_view text;
  LogLevel level;
};
constexpr Word kWords[] = {
    {"trace", LogLevel::trace},       {"debug", LogLevel::debug}, {"info", LogLevel::info},
    {"notice", LogLevel::notice},     {"warn", LogLevel::warn},   {"warning", LogLevel::warn},
    {"err", LogLevel::error},         {"error", LogLevel::error}, {"crit", LogLevel::critical},
    {"critical", LogLevel::critical}, {"fatal", LogLevel::fatal}, {"panic", LogLevel::fatal},
    {"alert", LogLevel::fatal},       {"emerg", LogLevel::fatal}, {"emergency", LogLevel::fatal}};

bool is_part_of_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

LogLevel level_named(std::string_view word) {
  if (word.size() > kLongestWord) return LogLevel::unknown;
  const auto lower = to_lower(word);
  const auto* found = std::find_if(std::begin(kWords), std::end(kWords),
                                   [&](const Word& one) { return one.text == lower; });
  return found == std::end(kWords) ? LogLevel::unknown : found->level;
}

// Of 0, emergency, to 7, debug.
LogLevel level_of_severity(int severity) {
  constexpr std::array<LogLevel, 8> kLevels = {LogLevel::fatal, LogLevel::fatal, LogLevel::critical,
                                               LogLevel::error, LogLevel::warn,  LogLevel::notice,
                                               LogLevel::info,  LogLevel::debug};
  return kLevels.at(static_cast<std::size_t>(severity));
}

// 10, trace, to 60, fatal, as pino and bunyan count.
LogLevel level_numbered(std::string_view digits) {
  constexpr std::array<LogLevel, 7> kLevels = {LogLevel::unknown, LogLevel::trace, LogLevel::debug,
                                               LogLevel::info,    LogLevel::warn,  LogLevel::error,
                                               LogLevel::fatal};
  const auto number = parse_number<unsigned>(digits).value_or(0);
  return number % 10 == 0 && number / 10 < kLevels.size() ? kLevels.at(number / 10)
                                                          : LogLevel::unknown;
}

std::optional<LogLevel> by_priority(std::string_view line) {
  const auto end = line.find('>');
  if (!line.starts_with('<') || end == std::string_view::npos || end > 4) return std::nullopt;
  const auto priority = parse_number<unsigned>(line.substr(1, end - 1));
  if (!priority || *priority > 191) return std::nullopt;
  return level_of_severity(static_cast<int>(*priority % 8));
}

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? "" : text.substr(first);
}

// What stands there, in quotes or not.
LogLevel value_at(std::string_view text) {
  text = without_blanks(text);
  if (text.starts_with('"')) text.remove_prefix(1);
  const auto* end = std::find_if_not(text.begin(), text.end(), is_part_of_word);
  const auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  const auto number = level_numbered(word);
  return number == LogLevel::unknown ? level_named(word) : number;
}

LogLevel by_json(std::string_view line) {
  for (const std::string_view name : {"\"level\"", "\"severity\"", "\"lvl\"", "\"log.level\""}) {
    const auto at = line.find(name);
    if (at == std::string_view::npos) continue;
    const auto rest = without_blanks(line.substr(at + name.size()));
    if (rest.starts_with(':')) return value_at(rest.substr(1));
  }
  return LogLevel::unknown;
}

LogLevel by_key(std::string_view line) {
  for (const std::string_view name : {"level=", "severity=", "lvl="}) {
    const auto at = line.find(name);
    if (at == std::string_view::npos || (at > 0 && is_part_of_word(line[at - 1]))) continue;
    const auto level = value_at(line.substr(at + name.size()));
    if (level != LogLevel::unknown) return level;
  }
  return LogLevel::unknown;
}

bool is_in_capitals(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

LogLevel by_word(std::string_view line) {
  constexpr std::string_view kMarks = "]:|\t";
  std::size_t at = 0;
  while (at < line.size()) {
    if (!is_part_of_word(line[at])) {
      ++at;
      continue;
    }
    const auto begin = at;
    while (at < line.size() && is_part_of_word(line[at])) ++at;
    const auto word = line.substr(begin, at - begin);
    const bool is_marked = at < line.size() && kMarks.find(line[at]) != std::string_view::npos;
    if (!is_marked && !is_in_capitals(word)) continue;
    if (const auto level = level_named(word); level != LogLevel::unknown) return level;
  }
  return LogLevel::unknown;
}

// "\x1b[1;31mERROR\x1b[0m" is "ERROR".
std::string without_colours(std::string_view line) {
  std::string plain;
  for (std::size_t at = 0; at < line.size();) {
    if (!line.substr(at).starts_with(kColour)) {
      plain.push_back(line[at++]);
      continue;
    }
    at = line.find_first_not_of("0123456789;", at + kColour.size());
    if (at == std::string_view::npos) break;
    ++at;
  }
  return plain;
}

LogLevel level_of_plain(std::string_view line) {
  if (const auto level = by_priority(line)) return *level;
  // A word in what it says is not its level.
  if (without_blanks(line).starts_with('{')) return by_json(line);
  const auto level = by_key(line);
  return level == LogLevel::unknown ? by_word(line) : level;
}

}  // namespace

LogLevel level_of(std::string_view line) {
  line = line.substr(0, kLookedAt);
  if (line.find(kColour) == std::string_view::npos) return level_of_plain(line);
  return level_of_plain(without_colours(line));
}

}  // namespace monitron::host
