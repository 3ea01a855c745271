#include "base/log.hpp"

#include "base/clock.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace monitron::log {
namespace {

std::string& service_name() {
  static std::string name = "monitron";
  return name;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void start(std::string_view service, std::string_view level_name) {
  service_name() = service;
  auto logger = spdlog::stdout_logger_mt(std::string(service));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::from_str(std::string(level_name)));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

bool shows(Level level) { return spdlog::should_log(spdlog_level(level)); }

void write(Level level, std::string_view event, std::string_view message, Fields fields) {
  const auto spd_level = spdlog_level(level);
  if (!spdlog::should_log(spd_level)) return;
  constexpr const char* names[] = {"debug", "info", "warn", "error"};
  nlohmann::ordered_json line = {{"ts", to_rfc3339(system_clock().now())},
                                 {"level", names[static_cast<int>(level)]},
                                 {"service", service_name()},
                                 {"event", event},
                                 {"msg", message}};
  for (const auto& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.name)] = value; }, field.value);
  }
  // Replaces what is not UTF-8 and escapes everything beyond ASCII: a line stays one line.
  spdlog::log(spd_level, "{}",
              line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace monitron::log
