#include "host/kernel_figures.hpp"

#include "host/scan.hpp"

#include <array>
#include <set>
#include <unistd.h>

namespace monitron::host {
namespace {

constexpr std::string_view kVmstat = "node_vmstat_";
constexpr std::string_view kNetstat = "node_netstat_";
constexpr std::string_view kSockstat = "node_sockstat_";
constexpr std::string_view kMemory = "node_memory_";

// What is told, besides what is one number in a file of its own.
constexpr std::array kTold = {
    "node_memory_Active_anon_bytes",
    "node_memory_Active_bytes",
    "node_memory_Active_file_bytes",
    "node_memory_AnonHugePages_bytes",
    "node_memory_AnonPages_bytes",
    "node_memory_Buffers_bytes",
    "node_memory_Cached_bytes",
    "node_memory_CommitLimit_bytes",
    "node_memory_Committed_AS_bytes",
    "node_memory_Dirty_bytes",
    "node_memory_HardwareCorrupted_bytes",
    "node_memory_HugePages_Free",
    "node_memory_HugePages_Rsvd",
    "node_memory_HugePages_Surp",
    "node_memory_HugePages_Total",
    "node_memory_Hugepagesize_bytes",
    "node_memory_Inactive_anon_bytes",
    "node_memory_Inactive_bytes",
    "node_memory_Inactive_file_bytes",
    "node_memory_KernelStack_bytes",
    "node_memory_Mapped_bytes",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemFree_bytes",
    "node_memory_MemTotal_bytes",
    "node_memory_Mlocked_bytes",
    "node_memory_PageTables_bytes",
    "node_memory_Percpu_bytes",
    "node_memory_SReclaimable_bytes",
    "node_memory_SUnreclaim_bytes",
    "node_memory_Shmem_bytes",
    "node_memory_Slab_bytes",
    "node_memory_SwapCached_bytes",
    "node_memory_SwapFree_bytes",
    "node_memory_SwapTotal_bytes",
    "node_memory_Unevictable_bytes",
    "node_memory_VmallocUsed_bytes",
    "node_memory_Writeback_bytes",
    "node_vmstat_oom_kill",
    "node_vmstat_pgfault",
    "node_vmstat_pgmajfault",
    "node_vmstat_pgpgin",
    "node_vmstat_pgpgout",
    "node_vmstat_pswpin",
    "node_vmstat_pswpout",
    "node_netstat_Icmp6_InErrors",
    "node_netstat_Icmp6_InMsgs",
    "node_netstat_Icmp6_OutMsgs",
    "node_netstat_Icmp_InErrors",
    "node_netstat_Icmp_InMsgs",
    "node_netstat_Icmp_OutMsgs",
    "node_netstat_Ip6_InOctets",
    "node_netstat_Ip6_OutOctets",
    "node_netstat_IpExt_InOctets",
    "node_netstat_IpExt_OutOctets",
    "node_netstat_Ip_Forwarding",
    "node_netstat_TcpExt_ListenDrops",
    "node_netstat_TcpExt_ListenOverflows",
    "node_netstat_TcpExt_SyncookiesFailed",
    "node_netstat_TcpExt_SyncookiesRecv",
    "node_netstat_TcpExt_SyncookiesSent",
    "node_netstat_TcpExt_TCPOFOQueue",
    "node_netstat_TcpExt_TCPRcvQDrop",
    "node_netstat_TcpExt_TCPSynRetrans",
    "node_netstat_TcpExt_TCPTimeouts",
    "node_netstat_Tcp_ActiveOpens",
    "node_netstat_Tcp_AttemptFails",
    "node_netstat_Tcp_CurrEstab",
    "node_netstat_Tcp_EstabResets",
    "node_netstat_Tcp_InErrs",
    "node_netstat_Tcp_InSegs",
    "node_netstat_Tcp_OutRsts",
    "node_netstat_Tcp_OutSegs",
    "node_netstat_Tcp_PassiveOpens",
    "node_netstat_Tcp_RetransSegs",
    "node_netstat_Udp6_InDatagrams",
    "node_netstat_Udp6_InErrors",
    "node_netstat_Udp6_NoPorts",
    "node_netstat_Udp6_OutDatagrams",
    "node_netstat_Udp6_RcvbufErrors",
    "node_netstat_Udp6_SndbufErrors",
    "node_netstat_UdpLite6_InErrors",
    "node_netstat_UdpLite_InErrors",
    "node_netstat_Udp_InDatagrams",
    "node_netstat_Udp_InErrors",
    "node_netstat_Udp_NoPorts",
    "node_netstat_Udp_OutDatagrams",
    "node_netstat_Udp_RcvbufErrors",
    "node_netstat_Udp_SndbufErrors",
    "node_sockstat_FRAG6_inuse",
    "node_sockstat_FRAG6_memory",
    "node_sockstat_FRAG_inuse",
    "node_sockstat_FRAG_memory",
    "node_sockstat_RAW6_inuse",
    "node_sockstat_RAW_inuse",
    "node_sockstat_TCP6_inuse",
    "node_sockstat_TCP_alloc",
    "node_sockstat_TCP_inuse",
    "node_sockstat_TCP_mem",
    "node_sockstat_TCP_orphan",
    "node_sockstat_TCP_tw",
    "node_sockstat_UDP6_inuse",
    "node_sockstat_UDPLITE6_inuse",
    "node_sockstat_UDPLITE_inuse",
    "node_sockstat_UDP_inuse",
    "node_sockstat_UDP_mem",
    "node_sockstat_sockets_used",
};

void tell(Figures& figures, std::string name, std::string_view value) {
  static const std::set<std::string_view> told(kTold.begin(), kTold.end());
  if (!told.contains(name)) return;
  if (const auto known = number<double>(value)) figures.push_back({std::move(name), *known});
}

std::string joined(std::string_view all, std::string_view protocol, std::string_view field) {
  return std::string(all) + std::string(protocol) + "_" + std::string(field);
}

void tell_memory(Figures& figures, std::string_view protocol, std::string_view pages) {
  static const auto page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
  const char* name = protocol == "TCP"   ? "node_sockstat_TCP_mem_bytes"
                     : protocol == "UDP" ? "node_sockstat_UDP_mem_bytes"
                                         : nullptr;
  const auto known = number<double>(pages);
  if (name != nullptr && known) figures.push_back({name, *known * page_bytes});
}

Figures only_number(const char* name, std::string_view text) {
  auto line = take_line(text);
  const auto value = number<double>(take_word(line));
  return value ? Figures{{name, *value}} : Figures{};
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234": microseconds.
Figures parse_pressure(const char* waiting, const char* stalled, std::string_view text) {
  Figures figures;
  while (!text.empty()) {
    auto line = take_line(text);
    const auto kind = take_word(line);
    const auto at = line.find("total=");
    if (at == std::string_view::npos) continue;
    const auto total = number<double>(line.substr(at + std::string_view("total=").size()));
    const char* name = kind == "some" ? waiting : kind == "full" ? stalled : nullptr;
    if (total && name != nullptr) figures.push_back({name, *total / 1e6});
  }
  return figures;
}

}  // namespace

Figures parse_vmstat(std::string_view text) {
  Figures figures;
  while (!text.empty()) {
    auto line = take_line(text);
    const auto name = take_word(line);
    tell(figures, std::string(kVmstat) + std::string(name), take_word(line));
  }
  return figures;
}

// "Active(anon):  882808 kB", "HugePages_Total:  0".
Figures parse_memory(std::string_view text) {
  Figures figures;
  while (!text.empty()) {
    auto line = take_line(text);
    const auto title = take_word(line);
    std::string name(kMemory);
    for (const char one : title.substr(0, title.find(':'))) {
      if (one != ')') name += one == '(' ? '_' : one;
    }
    const auto value = take_word(line);
    const bool is_size = take_word(line) == "kB";
    const auto before = figures.size();
    tell(figures, is_size ? name + "_bytes" : name, value);
    if (is_size && figures.size() > before) figures.back().value *= 1024;
  }
  return figures;
}

// Pairs of lines: "Tcp: RtoAlgorithm RtoMin …", "Tcp: 1 200 …".
Figures parse_netstat(std::string_view text) {
  Figures figures;
  while (!text.empty()) {
    auto names = take_line(text);
    auto values = take_line(text);
    auto protocol = take_word(names);
    if (!protocol.ends_with(':') || take_word(values) != protocol) return figures;
    protocol.remove_suffix(1);
    for (auto field = take_word(names); !field.empty(); field = take_word(names)) {
      tell(figures, joined(kNetstat, protocol, field), take_word(values));
    }
  }
  return figures;
}

// "Ip6InReceives   1234"
Figures parse_snmp6(std::string_view text) {
  Figures figures;
  while (!text.empty()) {
    auto line = take_line(text);
    const auto word = take_word(line);
    const auto six = word.find('6');
    if (six == std::string_view::npos) continue;
    tell(figures, joined(kNetstat, word.substr(0, six + 1), word.substr(six + 1)), take_word(line));
  }
  return figures;
}

// "TCP: inuse 5 orphan 0 tw 2 alloc 8 mem 1"
Figures parse_sockstat(std::string_view text) {
  Figures figures;
  while (!text.empty()) {
    auto line = take_line(text);
    auto protocol = take_word(line);
    if (!protocol.ends_with(':')) continue;
    protocol.remove_suffix(1);
    for (auto field = take_word(line); !field.empty(); field = take_word(line)) {
      const auto value = take_word(line);
      tell(figures, joined(kSockstat, protocol, field), value);
      if (field == "mem") tell_memory(figures, protocol, value);
    }
  }
  return figures;
}

// "allocated  free  most": free ones are none since Linux 2.6.
Figures parse_file_nr(std::string_view text) {
  auto line = take_line(text);
  const auto allocated = number<double>(take_word(line));
  skip_words(line, 1);
  const auto most = number<double>(take_word(line));
  if (!allocated || !most) return {};
  return {{"node_filefd_allocated", *allocated}, {"node_filefd_maximum", *most}};
}

Figures parse_entropy(std::string_view text) {
  return only_number("node_entropy_available_bits", text);
}
Figures parse_conntrack_count(std::string_view text) {
  return only_number("node_nf_conntrack_entries", text);
}
Figures parse_conntrack_limit(std::string_view text) {
  return only_number("node_nf_conntrack_entries_limit", text);
}

// Of the whole host nothing is stalled for the processor: kernels write zeros there.
Figures parse_cpu_pressure(std::string_view text) {
  return parse_pressure("node_pressure_cpu_waiting_seconds_total", nullptr, text);
}
Figures parse_memory_pressure(std::string_view text) {
  return parse_pressure("node_pressure_memory_waiting_seconds_total",
                        "node_pressure_memory_stalled_seconds_total", text);
}
Figures parse_io_pressure(std::string_view text) {
  return parse_pressure("node_pressure_io_waiting_seconds_total",
                        "node_pressure_io_stalled_seconds_total", text);
}

}  // namespace monitron::host
