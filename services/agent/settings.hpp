#pragma once
// What the server may tell an agent to do otherwise than it was started with (M-058). Pure.

#include "agent/measurements.hpp"

#include <chrono>
#include <optional>

namespace monitron::agent {

inline constexpr std::size_t kMostTopProcesses = 1000;
inline constexpr std::size_t kMostLogged = 2000;  // connections, a round

struct Settings {
  std::chrono::milliseconds interval{10'000};
  Collector::Wanted wanted{};
  bool operator==(const Settings&) const = default;
};

// One version of what the server says; what it says nothing of stays as the agent was started.
struct Pushed {
  std::string version{};
  std::optional<std::chrono::milliseconds> interval{};
  std::optional<bool> connections{};
  std::optional<std::size_t> top_processes{};
  std::optional<std::size_t> connection_log{};
};

// {"version": "…", "settings": {"interval_seconds": 10, …}}. A setting that this agent does not
// know is for a younger one. Fault invalid: names the setting; then none of it holds.
Result<Pushed> parse_pushed(std::string_view text);

// What was turned off at the start stays off: nobody turns it on from afar.
Settings obeying(const Pushed& pushed, const Settings& started);

}  // namespace monitron::agent
