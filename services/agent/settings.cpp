#include "agent/settings.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace monitron::agent {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestVersion = 100;

tl::unexpected<Error> wrong(const std::string& name, const std::string& reason) {
  return fail(Fault::invalid, "settings." + name + ": " + reason);
}

template <class Value, class Fits>
Result<std::optional<Value>> member(const json& settings, const char* name, Fits fits,
                                    const char* reason) {
  const auto found = settings.find(name);
  if (found == settings.end() || found->is_null()) return std::optional<Value>();
  if (!fits(*found)) return wrong(name, reason);
  return std::optional<Value>(found->get<Value>());
}

Result<std::optional<std::size_t>> count(const json& settings, const char* name, std::size_t most) {
  const auto fits = [most](const json& value) {
    return value.is_number_unsigned() && value.get<std::uint64_t>() <= most;
  };
  return member<std::size_t>(settings, name, fits, "is not a whole number in its range");
}

}  // namespace

Result<Pushed> parse_pushed(std::string_view text) {
  const auto answer = json::parse(text, nullptr, false);
  if (!answer.is_object()) return fail(Fault::invalid, "is not a JSON object");
  const auto version = answer.find("version"), settings = answer.find("settings");
  const bool has_version = version != answer.end() && version->is_string() &&
                           version->get_ref<const std::string&>().size() <= kLongestVersion;
  if (!has_version) return fail(Fault::invalid, "version: is missing");
  if (settings == answer.end() || !settings->is_object()) {
    return fail(Fault::invalid, "settings: is not an object");
  }
  const auto interval = member<double>(
      *settings, "interval_seconds",
      [](const json& value) { return value.is_number() && value >= 0.1 && value <= 3600.0; },
      "is not a number of seconds from 0.1 to 3600");
  const auto connections = member<bool>(
      *settings, "connections", [](const json& value) { return value.is_boolean(); },
      "is neither true nor false");
  const auto top = count(*settings, "top_processes", kMostTopProcesses);
  const auto logged = count(*settings, "connection_log", kMostLogged);
  if (!interval) return fail(interval.error());
  if (!connections) return fail(connections.error());
  if (!top) return fail(top.error());
  if (!logged) return fail(logged.error());
  Pushed pushed{version->get<std::string>(), {}, *connections, *top, *logged};
  if (*interval) pushed.interval = std::chrono::milliseconds(std::llround(**interval * 1000));
  return pushed;
}

Settings obeying(const Pushed& pushed, const Settings& started) {
  Settings settings = started;
  auto& wanted = settings.wanted;
  settings.interval = pushed.interval.value_or(started.interval);
  wanted.connections = started.wanted.connections && pushed.connections.value_or(true);
  if (wanted.top_processes > 0)
    wanted.top_processes = pushed.top_processes.value_or(wanted.top_processes);
  if (wanted.connection_log > 0)
    wanted.connection_log = pushed.connection_log.value_or(wanted.connection_log);
  return settings;
}

}  // namespace monitron::agent
