// Temperatures, from a tree as real kernels have it. M-050.

#include "host/sensors.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace monitron::host {
namespace {

namespace fs = std::filesystem;

class SensorTree : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(sys_);
    fs::create_directories(sys_ / "devices/platform/coretemp.0/hwmon/hwmon1");
    fs::create_directories(sys_ / "class/hwmon");
    fs::create_directories(sys_ / "class/thermal/thermal_zone0");
    fs::create_directories(sys_ / "class/thermal/cooling_device0");
    fs::create_directory_symlink(chip_, sys_ / "class/hwmon/hwmon1");
    fs::create_directory_symlink(sys_ / "devices/platform/coretemp.0", chip_ / "device");
  }
  void TearDown() override { fs::remove_all(sys_); }
  void put(const fs::path& file, const std::string& text) { std::ofstream(file) << text << "\n"; }
  const fs::path sys_ = fs::temp_directory_path() / ("sensors." + std::to_string(getpid()));
  const fs::path chip_ = sys_ / "devices/platform/coretemp.0/hwmon/hwmon1";
};

TEST_F(SensorTree, TemperaturesAreToldByChipAndSensor) {
  put(chip_ / "name", "coretemp");
  put(chip_ / "temp1_input", "47500");
  put(chip_ / "temp1_label", "Package id 0");
  put(chip_ / "temp1_crit", "100000");
  put(chip_ / "temp2_input", "-1000");
  put(chip_ / "temp3_input", "off");
  put(chip_ / "fan1_input", "900");
  put(sys_ / "class/thermal/thermal_zone0/temp", "36200");
  put(sys_ / "class/thermal/thermal_zone0/type", "acpitz");
  const auto all = read_sensors(sys_.string());
  ASSERT_EQ(all.chips.size(), 1u);
  EXPECT_EQ(all.chips[0].chip, "platform_coretemp_0");
  EXPECT_EQ(all.chips[0].name, "coretemp");
  ASSERT_EQ(all.temperatures.size(), 2u) << "one that is off tells nothing, a fan is none";
  const auto& first = all.temperatures[0];
  EXPECT_EQ(first.chip, "platform_coretemp_0");
  EXPECT_EQ(first.sensor, "temp1");
  EXPECT_EQ(first.label, "Package id 0");
  EXPECT_EQ(first.celsius, 47.5);
  EXPECT_FALSE(first.maximum);
  EXPECT_EQ(first.critical, 100);
  EXPECT_EQ(all.temperatures[1].celsius, -1);
  ASSERT_EQ(all.zones.size(), 1u);
  EXPECT_EQ(all.zones[0].zone, "0");
  EXPECT_EQ(all.zones[0].type, "acpitz");
  EXPECT_EQ(all.zones[0].celsius, 36.2);
}

TEST_F(SensorTree, OldDriversKeepThemWithTheDevice) {
  const auto device = sys_ / "devices/platform/coretemp.0";
  put(device / "name", "Old-Chip");
  put(device / "temp1_input", "20000");
  put(device / "temp1_max", "80000");
  const auto all = read_sensors(sys_.string());
  ASSERT_EQ(all.chips.size(), 1u);
  EXPECT_EQ(all.chips[0].name, "old_chip");
  ASSERT_EQ(all.temperatures.size(), 1u);
  EXPECT_EQ(all.temperatures[0].chip, "platform_coretemp_0");
  EXPECT_EQ(all.temperatures[0].celsius, 20);
  EXPECT_EQ(all.temperatures[0].maximum, 80);
}

TEST_F(SensorTree, WithoutSensorsThereAreNone) {
  const auto all = read_sensors((sys_ / "nothing").string());
  EXPECT_TRUE(all.chips.empty());
  EXPECT_TRUE(all.zones.empty());
}

TEST_F(SensorTree, TheyAreBounded) {
  put(chip_ / "name", "many");
  for (std::size_t i = 1; i <= kMostSensors + 1; ++i) {
    put(chip_ / ("temp" + std::to_string(i) + "_input"), "1000");
  }
  EXPECT_TRUE(read_sensors(sys_.string()).temperatures.empty());
}

}  // namespace
}  // namespace monitron::host
