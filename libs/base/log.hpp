#pragma once
// One JSON object per line on stdout: ts, level, service, event, msg and the fields given.
// Values are escaped, so that no input can forge a line; a secret is never handed in.
//
//   log::info("broker.connected", "RabbitMQ connected successfully!", {{"host", host}});
//
// `event` is <noun.verb>. Threads: any.

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace monitron::log {

enum class Level { debug, info, warning, error };

struct Field {
  std::string_view name;
  std::variant<std::string, double, std::int64_t, bool> value;

  Field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  template <class Integer>
  requires std::is_integral_v<Integer> Field(std::string_view n, Integer v)
      : name(n), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

// Once at start, before other threads. Level names: debug info warn error.
void start(std::string_view service, std::string_view level_name);

// Whether lines of this level are written: what comes often asks before it makes its fields.
bool shows(Level level);

void write(Level level, std::string_view event, std::string_view message, Fields fields);

inline void debug(std::string_view event, std::string_view message, Fields fields = {}) {
  write(Level::debug, event, message, fields);
}
inline void info(std::string_view event, std::string_view message, Fields fields = {}) {
  write(Level::info, event, message, fields);
}
inline void warning(std::string_view event, std::string_view message, Fields fields = {}) {
  write(Level::warning, event, message, fields);
}
inline void error(std::string_view event, std::string_view message, Fields fields = {}) {
  write(Level::error, event, message, fields);
}

}  // namespace monitron::log
