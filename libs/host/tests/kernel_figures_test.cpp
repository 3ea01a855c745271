// What the kernel counts, as it was recorded on real ones and as it is on this machine. M-050.

#include "host/kernel_figures.hpp"

#include "host/proc_file.hpp"

#include <gtest/gtest.h>
#include <map>

namespace monitron::host {
namespace {

using Values = std::map<std::string, double>;

Values values(const Figures& figures) {
  Values all;
  for (const auto& [name, value] : figures) {
    EXPECT_TRUE(all.emplace(name, value).second) << name << " is told twice";
  }
  return all;
}

TEST(KernelFigures, PagingIsToldByItsNames) {
  EXPECT_EQ(
      values(parse_vmstat("nr_free_pages 5\npgpgin 10\npswpout 3\noom_kill 1\nbroken\n")),
      (Values{
          {"node_vmstat_pgpgin", 10}, {"node_vmstat_pswpout", 3}, {"node_vmstat_oom_kill", 1}}));
}

TEST(KernelFigures, PressureIsTimeThatSomeWaitedAndThatAllDid) {
  constexpr auto text =
      "some avg10=76.43 avg60=72.48 avg300=55.05 total=8202071689\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n";
  EXPECT_EQ(values(parse_io_pressure(text)),
            (Values{{"node_pressure_io_waiting_seconds_total", 8202.071689},
                    {"node_pressure_io_stalled_seconds_total", 1.5}}));
  EXPECT_EQ(values(parse_cpu_pressure(text)),
            (Values{{"node_pressure_cpu_waiting_seconds_total", 8202.071689}}));
  EXPECT_TRUE(parse_memory_pressure("some avg10=0.00\n").empty());
}

TEST(KernelFigures, ProtocolsArePairsOfLines) {
  constexpr auto text =
      "Ip: Forwarding DefaultTTL InReceives\nIp: 1 64 19\n"
      "Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens InErrs\nTcp: 1 -1 7 8 2\n"
      "UdpLite: InDatagrams InErrors\nUdpLite: 4 1\n";
  EXPECT_EQ(values(parse_netstat(text)), (Values{{"node_netstat_Ip_Forwarding", 1},
                                                 {"node_netstat_Tcp_ActiveOpens", 7},
                                                 {"node_netstat_Tcp_PassiveOpens", 8},
                                                 {"node_netstat_Tcp_InErrs", 2},
                                                 {"node_netstat_UdpLite_InErrors", 1}}));
  EXPECT_TRUE(parse_netstat("Tcp: ActiveOpens\nUdp: 7\n").empty()) << "no pair";
  EXPECT_TRUE(parse_netstat("Tcp: ActiveOpens\nTcp:\n").empty()) << "no value";
}

TEST(KernelFigures, MemoryIsToldAsNodeExporterNamesIt) {
  EXPECT_EQ(values(parse_memory("MemTotal:  8 kB\nCached: 3 kB\nSwapCached: 1 kB\n"
                                "Active(anon): 882808 kB\nHugePages_Total: 7\nMadeUp: 5 kB\n"
                                "Dirty:\nSlab: much kB\n")),
            (Values{{"node_memory_MemTotal_bytes", 8 * 1024},
                    {"node_memory_Cached_bytes", 3 * 1024},
                    {"node_memory_SwapCached_bytes", 1024},
                    {"node_memory_Active_anon_bytes", 882808.0 * 1024},
                    {"node_memory_HugePages_Total", 7}}));
}

TEST(KernelFigures, ProtocolsOfIpv6AreSingleLines) {
  EXPECT_EQ(values(parse_snmp6("Ip6InReceives  9\nIp6InOctets 13058\nIcmp6InErrors 2\n"
                               "Udp6NoPorts 1\nIcmp6InType135 4\n")),
            (Values{{"node_netstat_Ip6_InOctets", 13058},
                    {"node_netstat_Icmp6_InErrors", 2},
                    {"node_netstat_Udp6_NoPorts", 1}}));
}

TEST(KernelFigures, SocketsAreToldByProtocol) {
  EXPECT_EQ(values(parse_sockstat("sockets: used 228\nTCP: inuse 201 orphan 0 tw 2659\n")),
            (Values{{"node_sockstat_sockets_used", 228},
                    {"node_sockstat_TCP_inuse", 201},
                    {"node_sockstat_TCP_orphan", 0},
                    {"node_sockstat_TCP_tw", 2659}}));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  EXPECT_EQ(values(parse_sockstat("UDP: inuse 4 mem 3\n")),
            (Values{{"node_sockstat_UDP_inuse", 4},
                    {"node_sockstat_UDP_mem", 3},
                    {"node_sockstat_UDP_mem_bytes", 3 * page}}));
}

TEST(KernelFigures, OthersAreOneNumberOrTwo) {
  EXPECT_EQ(
      values(parse_file_nr("2432\t0\t9223372036854775807\n")),
      (Values{{"node_filefd_allocated", 2432}, {"node_filefd_maximum", 9223372036854775807.0}}));
  EXPECT_TRUE(parse_file_nr("2432\n").empty());
  EXPECT_EQ(values(parse_entropy("256\n")), (Values{{"node_entropy_available_bits", 256}}));
  EXPECT_EQ(values(parse_conntrack_count("5\n")), (Values{{"node_nf_conntrack_entries", 5}}));
  EXPECT_EQ(values(parse_conntrack_limit("9\n")), (Values{{"node_nf_conntrack_entries_limit", 9}}));
  EXPECT_TRUE(parse_entropy("many\n").empty());
}

TEST(LiveKernelFigures, AreThereOnThisMachine) {
  const auto told = [](Figures (*parse)(std::string_view), const char* path) {
    return values(parse(read_text(path).value_or("")));
  };
  EXPECT_GT(told(parse_vmstat, "/proc/vmstat").at("node_vmstat_pgfault"), 0);
  EXPECT_TRUE(told(parse_netstat, "/proc/net/snmp").contains("node_netstat_Tcp_CurrEstab"));
  EXPECT_TRUE(told(parse_netstat, "/proc/net/netstat").contains("node_netstat_TcpExt_ListenDrops"));
  EXPECT_GT(told(parse_sockstat, "/proc/net/sockstat").at("node_sockstat_sockets_used"), 0);
  EXPECT_GT(told(parse_file_nr, "/proc/sys/fs/file-nr").at("node_filefd_allocated"), 0);
  EXPECT_GT(told(parse_entropy, "/proc/sys/kernel/random/entropy_avail")
                .at("node_entropy_available_bits"),
            0);
}

}  // namespace
}  // namespace monitron::host
