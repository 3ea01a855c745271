#include "host/sensors.hpp"

#include "host/proc_file.hpp"
#include "host/scan.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

namespace monitron::host {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries(const fs::path& directory) {
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    all.push_back(at->path());
  }
  std::sort(all.begin(), all.end());
  return all;
}

// One line; "" when there is none to be read.
std::string line_of(const fs::path& path) {
  const auto text = read_text(path.string()).value_or("");
  return text.substr(0, text.find('\n'));
}

// In thousandths of a degree.
std::optional<double> celsius_of(const fs::path& path) {
  const auto text = line_of(path);
  const auto value = number<double>(text);
  return value ? std::optional(*value / 1000) : std::nullopt;
}

// Small letters, digits, ':' and '_'.
std::string cleaned(std::string text) {
  for (auto& one : text) {
    const auto letter = static_cast<unsigned char>(one);
    one = std::isalnum(letter) != 0 || one == ':' ? static_cast<char>(std::tolower(letter)) : '_';
  }
  const auto first = text.find_first_not_of('_');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of('_') - first + 1);
}

// Of the device that it belongs to, which nothing else is called by, else by its own name.
std::string chip_of(const fs::path& directory, const std::string& name) {
  std::error_code error;
  const auto device = fs::canonical(directory / "device", error);
  if (!error) {
    const auto type = cleaned(device.parent_path().filename().string());
    const auto which = cleaned(device.filename().string());
    if (!type.empty() && !which.empty()) return type + "_" + which;
    if (!which.empty()) return which;
  }
  const auto own = cleaned(name);
  return own.empty() ? directory.filename().string() : own;
}

std::vector<Temperature> temperatures_in(const fs::path& directory, const std::string& chip) {
  std::vector<Temperature> found;
  for (const auto& path : entries(directory)) {
    const auto file = path.filename().string();
    const auto end = file.find("_input");
    if (!file.starts_with("temp") || end == std::string::npos) continue;
    const auto celsius = celsius_of(path);
    if (!celsius) continue;
    const auto sensor = file.substr(0, end);
    found.push_back({.chip = chip,
                     .sensor = sensor,
                     .label = line_of(directory / (sensor + "_label")),
                     .celsius = *celsius,
                     .maximum = celsius_of(directory / (sensor + "_max")),
                     .critical = celsius_of(directory / (sensor + "_crit"))});
  }
  return found;
}

// Drivers of before hwmon had attributes of its own keep them with the device.
void add_chip(const fs::path& directory, Sensors& all) {
  auto name = line_of(directory / "name");
  if (name.empty()) name = line_of(directory / "device" / "name");
  const auto chip = chip_of(directory, name);
  auto found = temperatures_in(directory, chip);
  if (found.empty()) found = temperatures_in(directory / "device", chip);
  if (found.empty() || all.temperatures.size() + found.size() > kMostSensors) return;
  const auto is_known = [&](const Chip& one) { return one.chip == chip; };
  if (std::any_of(all.chips.begin(), all.chips.end(), is_known)) return;
  all.chips.push_back({chip, cleaned(name)});
  std::move(found.begin(), found.end(), std::back_inserter(all.temperatures));
}

}  // namespace

Sensors read_sensors(const std::string& sys) {
  Sensors all;
  for (const auto& chip : entries(sys + "/class/hwmon")) add_chip(chip, all);
  constexpr std::string_view prefix = "thermal_zone";
  for (const auto& path : entries(sys + "/class/thermal")) {
    const auto name = path.filename().string();
    if (!name.starts_with(prefix) || all.zones.size() >= kMostSensors) continue;
    const auto celsius = celsius_of(path / "temp");
    if (celsius)
      all.zones.push_back({name.substr(prefix.size()), line_of(path / "type"), *celsius});
  }
  return all;
}

}  // namespace monitron::host
