// Texts recorded on real kernels, and what must be read from them. M-050 … M-054.

#include "host/cpu.hpp"
#include "host/disks.hpp"
#include "host/facts.hpp"
#include "host/filesystems.hpp"
#include "host/memory.hpp"
#include "host/network.hpp"
#include "host/processes.hpp"

#include <gtest/gtest.h>

namespace monitron::host {
namespace {

constexpr std::string_view kStat = R"(cpu  28525 36061 29738 2485284 3299 0 783 3635 100 0
cpu0 8172 7606 7350 621840 176 0 156 1257 0 0
cpu2 4550 8451 6348 626521 128 0 135 796 0 0
intr 8688370 0 9 0
ctxt 14688370
btime 1795225698
processes 104393
procs_running 3
procs_blocked 1
)";

TEST(CpuStat, CountsEverythingButIdleAndWaitingAsBusy) {
  const auto stat = parse_stat(kStat);
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->all.busy, 28525u + 36061 + 29738 + 783 + 3635);
  EXPECT_EQ(stat->all.total, stat->all.busy + 2485284 + 3299);
  EXPECT_EQ(stat->boot_time_seconds, 1795225698);
  EXPECT_EQ(stat->processes_running, 3);
  EXPECT_EQ(stat->processes_blocked, 1);
  EXPECT_EQ(stat->forks, 104393);
  EXPECT_EQ(stat->context_switches, 14688370);
  EXPECT_EQ(stat->interrupts, 8688370);
}

TEST(CpuStat, TellsTimeByMode) {
  const auto stat = parse_stat(kStat);
  ASSERT_TRUE(stat.has_value());
  const auto& times = stat->cores[0].second;
  EXPECT_EQ(times.modes[0], 8172u);
  EXPECT_STREQ(kCpuModes[7], "steal");
  EXPECT_EQ(times.modes[7], 1257u);
  EXPECT_EQ(stat->all.guests[0], 100u);
}

TEST(CpuStat, KeepsTheKernelsCoreNumbersWhenOneIsOffline) {
  const auto stat = parse_stat(kStat);
  ASSERT_EQ(stat->cores.size(), 2u);
  EXPECT_EQ(stat->cores[1].first, 2);
}

TEST(CpuStat, RefusesATextWithoutTheSum) {
  EXPECT_EQ(parse_stat("btime 1\n").error().fault, Fault::invalid);
  EXPECT_EQ(parse_stat("").error().fault, Fault::invalid);
}

TEST(CpuUsage, IsTheBusyPartOfTheTimeBetween) {
  EXPECT_DOUBLE_EQ(*usage_ratio({100, 1000}, {125, 1100}), 0.25);
  EXPECT_FALSE(usage_ratio({100, 1000}, {100, 1000}));
  EXPECT_FALSE(usage_ratio({100, 1000}, {90, 1100})) << "a counter that ran backwards";
}

TEST(Loadavg, ReadsThreeAverages) {
  const auto load = parse_loadavg("0.42 1.50 12.07 3/512 104393\n");
  ASSERT_TRUE(load.has_value());
  EXPECT_EQ(load->one, 0.42);
  EXPECT_EQ(load->fifteen, 12.07);
  EXPECT_FALSE(parse_loadavg("0.42").has_value());
}

TEST(Meminfo, ReadsKibibytesAsBytes) {
  const auto memory = parse_meminfo(
      "MemTotal:       24683660 kB\nMemFree:         1024 kB\nMemAvailable:   2048 kB\n"
      "Buffers: 1 kB\nCached: 3 kB\nSwapCached: 9 kB\nSwapTotal: 4 kB\nSwapFree: 2 kB\n");
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->total_bytes, 24683660.0 * 1024);
  EXPECT_EQ(memory->available_bytes, 2048 * 1024);
  EXPECT_FALSE(parse_meminfo("MemFree: 1 kB\n").has_value());
}

TEST(Diskstats, ReadsWholeDisks) {
  const auto disks = parse_diskstats(
      "   7       0 loop0 1 0 2 0 0 0 0 0 0 0 0\n"
      " 254       0 vda 100 5 2000 30 50 7 4000 60 1 2500 90 0 0 0 0 2 3\n"
      " 254       1 vda1 100 5 2000 30 50 7 4000 60 1 2500 90\n");
  ASSERT_EQ(disks.size(), 1u);
  EXPECT_EQ(disks[0].device, "vda");
  EXPECT_EQ(disks[0].reads_completed, 100);
  EXPECT_EQ(disks[0].read_bytes, 2000 * 512);
  EXPECT_EQ(disks[0].writes_completed, 50);
  EXPECT_EQ(disks[0].written_bytes, 4000 * 512);
  EXPECT_EQ(disks[0].read_time_seconds, 0.03);
  EXPECT_EQ(disks[0].write_time_seconds, 0.06);
  EXPECT_EQ(disks[0].reads_merged, 5);
  EXPECT_EQ(disks[0].writes_merged, 7);
  EXPECT_EQ(disks[0].io_now, 1);
  EXPECT_EQ(disks[0].io_time_seconds, 2.5);
  EXPECT_EQ(disks[0].io_time_weighted_seconds, 0.09);
}

TEST(DiskUse, IsOfTheTimeAndOfEachRequest) {
  const Disk before{.reads_completed = 10, .writes_completed = 20, .io_time_seconds = 1};
  Disk after = before;
  after.reads_completed += 3;
  after.read_time_seconds += 0.2;
  after.writes_completed += 1;
  after.write_time_seconds += 0.6;
  after.io_time_seconds += 0.5;
  const auto use = use_between(before, after, 10);
  ASSERT_TRUE(use.has_value());
  EXPECT_DOUBLE_EQ(use->busy_ratio, 0.05);
  EXPECT_DOUBLE_EQ(use->await_seconds, 0.2);
  EXPECT_EQ(use_between(before, before, 10)->await_seconds, 0);
  EXPECT_FALSE(use_between(after, before, 10)) << "counters that ran backwards";
  EXPECT_FALSE(use_between(before, after, 0));
}

TEST(Diskstats, TellsDisksFromTheirPartitions) {
  for (const char* disk : {"sda", "vda", "nvme0n1", "mmcblk0", "dm-0", "md127", "xvdb", "sr0"}) {
    EXPECT_TRUE(is_whole_disk(disk)) << disk;
  }
  for (const char* part : {"sda1", "sdaa12", "nvme0n1p2", "mmcblk0p1", "xvda1", "loop3", "ram0"}) {
    EXPECT_FALSE(is_whole_disk(part)) << part;
  }
}

TEST(NetDev, ReadsBothDirections) {
  const auto devices = parse_net_dev(
      "Inter-|   Receive                     |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes packets errs\n"
      "    lo: 57 15 0 0 0 0 0 0 57 15 0 0 0 0 0 0\n"
      "eth0:1:618 20 1 2 3 4 5 6 142 13 7 8 9 0 0 0\n");
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[1].device, "eth0:1");
  EXPECT_EQ(devices[1].receive_bytes, 618);
  EXPECT_EQ(devices[1].receive_packets, 20);
  EXPECT_EQ(devices[1].receive_errors, 1);
  EXPECT_EQ(devices[1].transmit_bytes, 142);
  EXPECT_EQ(devices[1].transmit_packets, 13);
  EXPECT_EQ(devices[1].receive_dropped, 2);
  EXPECT_EQ(devices[1].transmit_errors, 7);
  EXPECT_EQ(devices[1].transmit_dropped, 8);
}

TEST(PidStat, ReadsACommandWithBlanksAndParentheses) {
  const auto stat = parse_pid_stat(
      "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 70 30 5 6 20 0 1 0 1234 99999 250 "
      "18446744073709551615 1 1 0 0 0 0 0\n");
  ASSERT_TRUE(stat.has_value()) << stat.error().text;
  EXPECT_EQ(stat->command, "a) b (c");
  EXPECT_EQ(stat->cpu_ticks, 100u);
  EXPECT_EQ(stat->start_ticks, 1234u);
  EXPECT_EQ(stat->resident_pages, 250u);
}

TEST(PidStat, RefusesWhatIsCutOff) {
  EXPECT_FALSE(parse_pid_stat("").has_value());
  EXPECT_FALSE(parse_pid_stat("42 (x").has_value());
  EXPECT_FALSE(parse_pid_stat("42 (x) S 1 42").has_value());
}

TEST(TopCommands, TakesTheFirstOfBothOrdersOnce) {
  const std::vector<Process> all{{1, "idle", 0, 10},
                                 {2, "busy", 0.9, 20},
                                 {3, "both", 0.5, 300},
                                 {4, "large", 0.1, 200},
                                 {5, "kthread", 0, 0}};
  const auto top = top_commands(all, 2);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].command, "both");
  EXPECT_EQ(top[1].command, "busy");
  EXPECT_EQ(top[2].command, "large");
}

// However many come and go, they are one series.
TEST(TopCommands, SumsProcessesOfOneCommand) {
  const std::vector<Process> all{{1, "cc1plus", 0.5, 100},
                                 {2, "make", 0.6, 10},
                                 {3, "cc1plus", 0.25, 50},
                                 {4, "kworker/0:1-events", 0.01, 0},
                                 {5, "kworker/u8:2", 0.02, 0}};
  const auto top = top_commands(all, 3);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].command, "cc1plus");
  EXPECT_EQ(top[0].processes, 2);
  EXPECT_EQ(top[0].cpu_usage_ratio, 0.75);
  EXPECT_EQ(top[0].resident_bytes, 150);
  EXPECT_EQ(top[1].command, "kworker") << "of the kernel";
  EXPECT_EQ(top[1].processes, 2);
  EXPECT_EQ(top[2].command, "make");
}

// Whoever asks df or free finds the same.
TEST(Filesystem, IsAsFullAsDfSays) {
  Filesystem filesystem;
  filesystem.size_bytes = 100;
  filesystem.free_bytes = 20;  // 5 of them for root alone
  filesystem.avail_bytes = 15;
  EXPECT_DOUBLE_EQ(*used_ratio(filesystem), 80.0 / 95.0);
  filesystem.avail_bytes = -5;  // root took what was kept for it
  filesystem.free_bytes = 0;
  EXPECT_DOUBLE_EQ(*used_ratio(filesystem), 1);
  EXPECT_FALSE(used_ratio(Filesystem{}).has_value());
}

TEST(Meminfo, IsUsedAsFarAsItIsNotAvailable) {
  Memory memory;
  memory.total_bytes = 1000;
  memory.available_bytes = 250;
  EXPECT_DOUBLE_EQ(*used_ratio(memory), 0.75);
  memory.available_bytes = 0;  // kernels before 3.14 do not say
  EXPECT_FALSE(used_ratio(memory).has_value());
}

TEST(OsRelease, ReadsThePrettyName) {
  EXPECT_EQ(parse_os_release("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
            "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(parse_os_release("PRETTY_NAME=Alpine\n"), "Alpine");
  EXPECT_EQ(parse_os_release(""), "");
}

}  // namespace
}  // namespace monitron::host
