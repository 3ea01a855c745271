// The readers against this machine: values compared with what the test reads itself. M-050 … M-054.

#include "host/cpu.hpp"
#include "host/disks.hpp"
#include "host/facts.hpp"
#include "host/filesystems.hpp"
#include "host/kernel_clock.hpp"
#include "host/memory.hpp"
#include "host/network.hpp"
#include "host/processes.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

namespace monitron::host {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string read_now(const std::string& path) {
  ProcFile file(path);
  std::string buffer;
  return std::string(*file.read(buffer));
}

TEST(LiveClock, IsAsTheKernelTellsIt) {
  ntptimeval told{};
  const int answer = ntp_gettime(&told);
  const auto clock = kernel_clock();
  ASSERT_EQ(clock.has_value(), answer != -1);
  if (!clock) return;
  EXPECT_EQ(clock->synchronised, answer != TIME_ERROR);
  EXPECT_NEAR(clock->max_error_seconds, static_cast<double>(told.maxerror) * 1e-6, 0.1);
  EXPECT_LE(std::abs(clock->offset_seconds), 1);  // the kernel works off no more than half a second
}

TEST(LiveProcFile, ReadsTheSameTextAgainAndAgain) {
  ProcFile file("/proc/version");
  std::string buffer;
  EXPECT_EQ(file.read(buffer).value(), slurp("/proc/version"));
  EXPECT_EQ(file.read(buffer).value(), slurp("/proc/version"));
  EXPECT_EQ(ProcFile("/proc/nothing").read(buffer).error().fault, Fault::not_found);
}

TEST(LiveCpu, HasEveryCoreAndASumThatFits) {
  const auto stat = parse_stat(read_now("/proc/stat"));
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->cores.size(), static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  double total = 0;
  for (const auto& [core, times] : stat->cores) total += static_cast<double>(times.total);
  EXPECT_NEAR(static_cast<double>(stat->all.total), total, total * 0.02);
}

TEST(LiveCpu, SeesATestThatBurnsTime) {
  const auto before = parse_stat(read_now("/proc/stat"));
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (std::chrono::steady_clock::now() < until) {
  }
  const auto after = parse_stat(read_now("/proc/stat"));
  const auto ratio = usage_ratio(before->all, after->all);
  ASSERT_TRUE(ratio.has_value());
  // One thread was busy all the time: at least half of one core's share (the machine is shared).
  EXPECT_GT(*ratio, 0.5 / static_cast<double>(after->cores.size()));
  EXPECT_LE(*ratio, 1.0);
}

TEST(LiveMemory, AgreesWithSysinfo) {
  const auto memory = parse_meminfo(read_now("/proc/meminfo"));
  struct sysinfo info {};
  ASSERT_EQ(sysinfo(&info), 0);
  const double total = static_cast<double>(info.totalram) * info.mem_unit;
  EXPECT_NEAR(memory->total_bytes, total, total * 0.01);
}

TEST(LiveNetwork, LoopbackCountsWhatIsThere) {
  const auto devices = parse_net_dev(read_now("/proc/net/dev"));
  const auto lo = std::find_if(devices.begin(), devices.end(),
                               [](const NetworkDevice& d) { return d.device == "lo"; });
  ASSERT_NE(lo, devices.end());
  const double bytes = std::stod(slurp("/sys/class/net/lo/statistics/rx_bytes"));
  EXPECT_LE(lo->receive_bytes, bytes);
  EXPECT_NEAR(lo->receive_bytes, bytes, bytes * 0.05 + 1e6);
}

TEST(LiveNetwork, LoopbackSaysNotThatItIsUpAndHasItsAddress) {
  EXPECT_FALSE(read_link("lo").up) << "operstate is unknown, as node_exporter takes it";
  for (const auto& device : parse_net_dev(read_now("/proc/net/dev"))) {
    const auto state = slurp("/sys/class/net/" + device.device + "/operstate");
    EXPECT_EQ(read_link(device.device).up, state == "up\n") << device.device;
  }
  EXPECT_FALSE(read_link("lo").speed_bytes.has_value());
  EXPECT_EQ(read_link("lo").mtu_bytes, std::stod(slurp("/sys/class/net/lo/mtu")));
  EXPECT_FALSE(read_link("no such device").up);
  const auto all = network_addresses();
  const auto is_loopback = [](const NetworkAddress& one) {
    return one.device == "lo" && one.address == "127.0.0.1" && one.prefix_bits == 8 &&
           one.scope == "interface-local";
  };
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), is_loopback));
}

TEST(LiveDisks, AgreeWithSysfs) {
  for (const auto& disk : parse_diskstats(read_now("/proc/diskstats"))) {
    std::istringstream stat(slurp("/sys/block/" + disk.device + "/stat"));
    double reads = 0;
    double merged = 0;
    double sectors = 0;
    if (!(stat >> reads >> merged >> sectors)) continue;
    EXPECT_LE(disk.reads_completed, reads) << disk.device;
    EXPECT_NEAR(disk.read_bytes, sectors * 512, sectors * 5.12 + 1e6) << disk.device;
  }
}

TEST(LiveFilesystems, RootIsAsLargeAsStatvfsSays) {
  FilesystemReader reader;
  const auto found = reader.read(parse_mounts(read_now("/proc/mounts")));
  const auto root = std::find_if(found.begin(), found.end(),
                                 [](const Filesystem& f) { return f.mount.mountpoint == "/"; });
  // In a chroot or container the root may be no mount, or one that is left out on purpose.
  if (root == found.end()) GTEST_SKIP() << "the root is not among the file systems reported";
  struct statvfs stats {};
  ASSERT_EQ(statvfs("/", &stats), 0);
  EXPECT_EQ(root->size_bytes, static_cast<double>(stats.f_blocks) * stats.f_frsize);
  EXPECT_GT(root->avail_bytes, 0);
  EXPECT_GE(root->free_bytes, root->avail_bytes);
  EXPECT_LE(root->free_bytes, root->size_bytes);
}

TEST(LiveProcesses, FindsABusyChildByItsCommand) {
  const pid_t child = fork();
  if (child == 0) {
    while (true) {
    }
  }
  ProcessReader reader;
  reader.read(0);
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(300)) usleep(1000);
  const auto all = reader.read(0.3);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const auto busy =
      std::find_if(all.begin(), all.end(), [&](const Process& p) { return p.pid == child; });
  ASSERT_NE(busy, all.end());
  EXPECT_EQ(busy->command, "host_test");
  EXPECT_GT(busy->cpu_usage_ratio, 0.05);  // it may have to share its processor with many
  const auto top = top_commands(all, 10);
  EXPECT_TRUE(
      std::any_of(top.begin(), top.end(), [](auto& one) { return one.command == "host_test"; }));
  // It is gone now, and its open file must not stand for it.
  const auto later = reader.read(0.3);
  EXPECT_TRUE(std::none_of(later.begin(), later.end(), [&](auto& p) { return p.pid == child; }));
}

TEST(LiveProcesses, OwnMemoryAgreesWithStatm) {
  ProcessReader reader;
  const auto all = reader.read(0);
  const auto self =
      std::find_if(all.begin(), all.end(), [](const Process& p) { return p.pid == getpid(); });
  ASSERT_NE(self, all.end());
  std::istringstream statm(slurp("/proc/self/statm"));
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  const double bytes = resident * static_cast<double>(sysconf(_SC_PAGESIZE));
  EXPECT_NEAR(self->resident_bytes, bytes, bytes * 0.2);
}

TEST(LiveFacts, NamesTheHost) {
  const auto facts = read_facts();
  std::string name = slurp("/proc/sys/kernel/hostname");
  name.pop_back();
  EXPECT_EQ(facts.hostname, name);
  EXPECT_NE(facts.os.find("Linux"), std::string::npos);
}

}  // namespace
}  // namespace monitron::host
