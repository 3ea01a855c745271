#pragma once
// Temperatures: /sys/class/hwmon (Documentation/hwmon/sysfs-interface.rst) and
// /sys/class/thermal. Chips are named as node_exporter names them.

#include <optional>
#include <string>
#include <vector>

namespace monitron::host {

struct Temperature {
  std::string chip{};    // "platform_coretemp_0", unique on the host
  std::string sensor{};  // "temp1"
  std::string label{};   // "Package id 0"; "" without one
  double celsius = 0;
  std::optional<double> maximum{};  // celsius, as the chip has it
  std::optional<double> critical{};
};
struct Chip {
  std::string chip{};
  std::string name{};  // "coretemp", cleaned as the chip is
};
struct ThermalZone {
  std::string zone{};  // "0"
  std::string type{};
  double celsius = 0;
};

struct Sensors {
  std::vector<Chip> chips{};
  std::vector<Temperature> temperatures{};
  std::vector<ThermalZone> zones{};
};

inline constexpr std::size_t kMostSensors = 256;  // what is beyond is left out

// What cannot be read (a sensor that is off) is left out. `sys` is for tests.
Sensors read_sensors(const std::string& sys = "/sys");

}  // namespace monitron::host
