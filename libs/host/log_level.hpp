#pragma once
// How grave a line of a log says it is.

#include <array>
#include <cstdint>
#include <string_view>

namespace monitron::host {

enum class LogLevel : std::uint8_t {
  unknown,
  trace,
  debug,
  info,
  notice,
  warn,
  error,
  critical,
  fatal  // and panic, alert, emergency
};
inline constexpr std::array<const char*, 9> kLogLevels = {
    "unknown", "trace", "debug", "info", "notice", "warn", "error", "critical", "fatal"};
inline const char* name_of(LogLevel level) {
  return kLogLevels.at(static_cast<std::size_t>(level));
}

// By the first 200 bytes: syslog's <PRI> (RFC 5424 §6.2.1) at the beginning; of a line that is JSON
// the member level, severity, lvl or log.level, a word or one of pino's numbers; level=, severity=,
// lvl=; else the first word that is one: in capitals, or before one of ]:| or a tab, as in
// "[error]" and "Warning:". Colours of terminals are looked through.
LogLevel level_of(std::string_view line);

}  // namespace monitron::host
