#include "agent/print.hpp"

#include "agent/log_follower.hpp"
#include "domain/metric_metadata.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iostream>
#include <thread>

namespace monitron::agent {
namespace {

constexpr int kCannotWrite = 74;  // EX_IOERR
constexpr std::chrono::seconds kOnce{1};

// The shortest that reads back the same.
std::string text_of(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char one : text) {
    if (one == '\n') {
      safe += "\\n";
      continue;
    }
    if (one == '\\' || one == '"') safe += '\\';
    safe += one;
  }
  return safe;
}

std::string line_of(const Measurement& one) {
  std::string labels;
  for (const auto& [name, value] : one.series.labels) {
    labels += (labels.empty() ? "{" : ",") + name + "=\"" + escaped(value) + "\"";
  }
  return one.series.name + labels + (labels.empty() ? " " : "} ") + text_of(one.value) + "\n";
}

}  // namespace

std::string text_of(const Round& round) {
  std::vector<const Measurement*> all;
  for (const auto* part : {&round.host, &round.processes, &round.connections}) {
    for (const auto& one : part->all()) all.push_back(&one);
  }
  if (round.logs) {
    for (const auto& one : round.logs->all()) all.push_back(&one);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto* a, const auto* b) { return a->series.name < b->series.name; });
  std::string text, name;
  for (const auto* one : all) {
    const auto* known = domain::own_metadata(one->series.name);
    if (known != nullptr && known->name != name) {
      text += "# HELP " + known->name + " " + known->help + "\n# TYPE " + known->name + " " +
              known->type + "\n";
    }
    name = known != nullptr ? known->name : one->series.name;
    text += line_of(*one);
  }
  return text;
}

int print_rounds(const Config& config) {
  Collector collector(config.labels, config.settings.wanted);
  LogFollower logs(config.logs, config.labels);
  const auto measure = [&] {
    auto round = collector.collect(system_clock(), {});
    logs.read({}, system_clock().steady_now(), round);
    logs.settle(true);
    return round;
  };
  measure();  // usage is a difference: this is its beginning
  do {
    std::this_thread::sleep_for(config.once ? std::chrono::milliseconds(kOnce)
                                            : config.settings.interval);
    std::cout << text_of(measure()) << std::flush;
  } while (!config.once && std::cout);
  return std::cout ? 0 : kCannotWrite;
}

}  // namespace monitron::agent
