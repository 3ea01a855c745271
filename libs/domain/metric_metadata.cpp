#include "domain/metric_metadata.hpp"

#include <functional>
#include <map>

namespace monitron::domain {
namespace {

struct Row {
  const char* name;
  const char* help;
  bool counts = false;  // though its name does not say so
};

constexpr Row kOwn[] = {
    // drills
    {"monitron_drill", "1 while a drill is to fire, 0 when it is to be over."},
    {"monitron_drill_lost", "Whether the latest drill was lost."},
    // Alertmanager
    {"monitron_alertmanager_sends_failing", "Whether Alertmanager cannot send by the integration."},
    // agents: the host
    {"node_boot_time_seconds", "When the host was started, in seconds since 1970."},
    {"node_context_switches_total", "Context switches since the host was started."},
    {"node_cpu_guest_seconds_total",
     "Time that the core spent for guests, by mode; it is part of user and nice, too."},
    {"node_cpu_seconds_total", "Time that the core spent, by mode."},
    {"node_cpu_usage_ratio", "Share of the time since the last report in which a core was busy."},
    {"node_disk_await_seconds",
     "How long a request to the device took since the last report, waiting included."},
    {"node_disk_busy_ratio",
     "Share of the time since the last report in which the device was at work."},
    {"node_disk_io_now", "Requests that the device works on."},
    {"node_disk_io_time_seconds_total", "Time in which the device was at work."},
    {"node_disk_io_time_weighted_seconds_total",
     "Time of all requests to the device together, those that wait included."},
    {"node_disk_read_bytes_total", "Bytes read from the device."},
    {"node_disk_read_time_seconds_total", "Time of all reads together."},
    {"node_disk_reads_completed_total", "Reads that the device completed."},
    {"node_disk_reads_merged_total", "Reads that were made one with another."},
    {"node_disk_write_time_seconds_total", "Time of all writes together."},
    {"node_disk_writes_completed_total", "Writes that the device completed."},
    {"node_disk_writes_merged_total", "Writes that were made one with another."},
    {"node_disk_written_bytes_total", "Bytes written to the device."},
    {"node_entropy_available_bits", "Entropy that the kernel has."},
    {"node_filefd_allocated", "Open files of all processes."},
    {"node_filefd_maximum", "Files that all processes together may have open."},
    {"node_filesystem_avail_bytes", "Space left for those who are not root."},
    {"node_filesystem_files", "Files that the file system can have."},
    {"node_filesystem_files_free", "Files that it can have besides those there are."},
    {"node_filesystem_free_bytes", "Space left for root."},
    {"node_filesystem_size_bytes", "Size of the file system."},
    {"node_filesystem_used_ratio", "Share of the file system that is used, as df tells it."},
    {"node_forks_total", "Processes and threads that were made since the host was started."},
    {"node_intr_total", "Interrupts since the host was started."},
    {"node_load1", "Load average of 1 minute."},
    {"node_load15", "Load average of 15 minutes."},
    {"node_load5", "Load average of 5 minutes."},
    {"node_memory_Buffers_bytes", "Buffers of /proc/meminfo."},
    {"node_memory_Cached_bytes", "Cached of /proc/meminfo."},
    {"node_memory_MemAvailable_bytes", "MemAvailable of /proc/meminfo."},
    {"node_memory_MemFree_bytes", "MemFree of /proc/meminfo."},
    {"node_memory_MemTotal_bytes", "MemTotal of /proc/meminfo."},
    {"node_memory_SwapFree_bytes", "SwapFree of /proc/meminfo."},
    {"node_memory_SwapTotal_bytes", "SwapTotal of /proc/meminfo."},
    {"node_memory_used_ratio", "Share of the memory that is not available."},
    {"node_netstat_Icmp6_InErrors", "ICMPv6 messages that came with errors.", true},
    {"node_netstat_Icmp6_InMsgs", "ICMPv6 messages that came.", true},
    {"node_netstat_Icmp6_OutMsgs", "ICMPv6 messages that were sent.", true},
    {"node_netstat_Icmp_InErrors", "ICMP messages that came with errors.", true},
    {"node_netstat_Icmp_InMsgs", "ICMP messages that came.", true},
    {"node_netstat_Icmp_OutMsgs", "ICMP messages that were sent.", true},
    {"node_netstat_Ip6_InOctets", "Bytes that came by IPv6.", true},
    {"node_netstat_Ip6_OutOctets", "Bytes that were sent by IPv6.", true},
    {"node_netstat_IpExt_InOctets", "Bytes that came by IPv4.", true},
    {"node_netstat_IpExt_OutOctets", "Bytes that were sent by IPv4.", true},
    {"node_netstat_Ip_Forwarding", "1: the host forwards IPv4 packets, 2: it does not."},
    {"node_netstat_TcpExt_ListenDrops", "Connections to listening sockets that were dropped.",
     true},
    {"node_netstat_TcpExt_ListenOverflows", "Times that the queue of a listening socket was full.",
     true},
    {"node_netstat_TcpExt_SyncookiesFailed", "SYN cookies that came back and were none.", true},
    {"node_netstat_TcpExt_SyncookiesRecv", "SYN cookies that came back.", true},
    {"node_netstat_TcpExt_SyncookiesSent", "SYN cookies that were sent.", true},
    {"node_netstat_TcpExt_TCPOFOQueue", "Segments that came out of their order and wait.", true},
    {"node_netstat_TcpExt_TCPRcvQDrop",
     "Segments that were dropped as the queue of their socket was full.", true},
    {"node_netstat_TcpExt_TCPSynRetrans", "SYN and SYN/ACK segments that were sent again.", true},
    {"node_netstat_TcpExt_TCPTimeouts", "Time-outs of TCP.", true},
    {"node_netstat_Tcp_ActiveOpens", "Connections that the host began.", true},
    {"node_netstat_Tcp_AttemptFails", "Connections that came to nothing.", true},
    {"node_netstat_Tcp_CurrEstab", "Connections that are open."},
    {"node_netstat_Tcp_EstabResets", "Open connections that were reset.", true},
    {"node_netstat_Tcp_InErrs", "Segments that came with errors.", true},
    {"node_netstat_Tcp_InSegs", "Segments that came.", true},
    {"node_netstat_Tcp_OutRsts", "Resets that were sent.", true},
    {"node_netstat_Tcp_OutSegs", "Segments that were sent.", true},
    {"node_netstat_Tcp_PassiveOpens", "Connections that others began.", true},
    {"node_netstat_Tcp_RetransSegs", "Segments that were sent again.", true},
    {"node_netstat_Udp6_InDatagrams", "Datagrams that came by IPv6.", true},
    {"node_netstat_Udp6_InErrors", "Datagrams by IPv6 that came and could not be delivered.", true},
    {"node_netstat_Udp6_NoPorts", "Datagrams by IPv6 to ports where nobody listens.", true},
    {"node_netstat_Udp6_OutDatagrams", "Datagrams that were sent by IPv6.", true},
    {"node_netstat_Udp6_RcvbufErrors", "Datagrams by IPv6 for which the receiver had no room.",
     true},
    {"node_netstat_Udp6_SndbufErrors", "Datagrams by IPv6 for which the sender had no room.", true},
    {"node_netstat_UdpLite6_InErrors", "Datagrams of UDP-Lite by IPv6 that could not be delivered.",
     true},
    {"node_netstat_UdpLite_InErrors", "Datagrams of UDP-Lite that could not be delivered.", true},
    {"node_netstat_Udp_InDatagrams", "Datagrams that came by IPv4.", true},
    {"node_netstat_Udp_InErrors", "Datagrams by IPv4 that came and could not be delivered.", true},
    {"node_netstat_Udp_NoPorts", "Datagrams by IPv4 to ports where nobody listens.", true},
    {"node_netstat_Udp_OutDatagrams", "Datagrams that were sent by IPv4.", true},
    {"node_netstat_Udp_RcvbufErrors", "Datagrams by IPv4 for which the receiver had no room.",
     true},
    {"node_netstat_Udp_SndbufErrors", "Datagrams by IPv4 for which the sender had no room.", true},
    {"node_network_receive_bytes_total", "Bytes that the device received."},
    {"node_network_receive_drop_total", "Packets that came and were dropped."},
    {"node_network_receive_errs_total", "Errors in receiving."},
    {"node_network_receive_packets_total", "Packets that the device received."},
    {"node_network_transmit_bytes_total", "Bytes that the device sent."},
    {"node_network_transmit_drop_total", "Packets that were to be sent and were dropped."},
    {"node_network_transmit_errs_total", "Errors in sending."},
    {"node_network_transmit_packets_total", "Packets that the device sent."},
    {"node_nf_conntrack_entries", "Connections that the packet filter follows."},
    {"node_nf_conntrack_entries_limit", "Connections that the packet filter may follow."},
    {"node_pressure_cpu_waiting_seconds_total", "Time in which something waited for a processor."},
    {"node_pressure_io_stalled_seconds_total",
     "Time in which nothing went on for disks that were waited for."},
    {"node_pressure_io_waiting_seconds_total", "Time in which something waited for a disk."},
    {"node_pressure_memory_stalled_seconds_total",
     "Time in which nothing went on for memory that was waited for."},
    {"node_pressure_memory_waiting_seconds_total", "Time in which something waited for memory."},
    {"node_procs_blocked", "Processes that wait for a disk."},
    {"node_procs_running", "Processes that can run."},
    {"node_sockstat_FRAG6_inuse", "Queues of fragments by IPv6."},
    {"node_sockstat_FRAG6_memory", "Bytes of fragments by IPv6."},
    {"node_sockstat_FRAG_inuse", "Queues of fragments by IPv4."},
    {"node_sockstat_FRAG_memory", "Bytes of fragments by IPv4."},
    {"node_sockstat_RAW6_inuse", "Raw sockets of IPv6."},
    {"node_sockstat_RAW_inuse", "Raw sockets of IPv4."},
    {"node_sockstat_TCP6_inuse", "TCP sockets of IPv6 in use."},
    {"node_sockstat_TCP_alloc", "TCP sockets that there are."},
    {"node_sockstat_TCP_inuse", "TCP sockets of IPv4 in use."},
    {"node_sockstat_TCP_mem", "Pages of memory that TCP has."},
    {"node_sockstat_TCP_orphan", "TCP sockets that no process has any more."},
    {"node_sockstat_TCP_tw", "TCP sockets in TIME-WAIT."},
    {"node_sockstat_UDP6_inuse", "UDP sockets of IPv6."},
    {"node_sockstat_UDPLITE6_inuse", "UDP-Lite sockets of IPv6."},
    {"node_sockstat_UDPLITE_inuse", "UDP-Lite sockets of IPv4."},
    {"node_sockstat_UDP_inuse", "UDP sockets of IPv4."},
    {"node_sockstat_UDP_mem", "Pages of memory that UDP has."},
    {"node_sockstat_sockets_used", "Sockets that there are."},
    {"node_time_seconds", "The host's clock, in seconds since 1970."},
    {"node_timex_maxerror_seconds", "Largest error that the host's clock may have."},
    {"node_timex_offset_seconds", "What the host's clock differs from its reference."},
    {"node_timex_sync_status", "1: the host's clock is synchronised, 0: it is not."},
    {"node_vmstat_oom_kill", "Processes that the kernel killed for memory.", true},
    {"node_vmstat_pgfault", "Page faults.", true},
    {"node_vmstat_pgmajfault", "Page faults that a disk was read for.", true},
    {"node_vmstat_pgpgin", "KiB that were read from disks.", true},
    {"node_vmstat_pgpgout", "KiB that were written to disks.", true},
    {"node_vmstat_pswpin", "Pages that were read from swap.", true},
    {"node_vmstat_pswpout", "Pages that were written to swap.", true},
    {"process_count", "Processes of this command."},
    {"process_cpu_usage_ratio", "Cores that the processes of this command keep busy."},
    {"process_resident_memory_bytes", "Resident memory of the processes of this command."},
    // agents: themselves
    {"monitron_agent_collect_duration_seconds", "How long measuring took."},
    {"monitron_agent_cpu_seconds_total", "Processor time that the agent took."},
    {"monitron_agent_filesystems_hanging", "File systems that do not answer."},
    {"monitron_agent_info", "1, with the agent's version."},
    {"monitron_agent_quarantined_batches_total", "Batches that the server refused for good."},
    {"monitron_agent_send_failures_total", "Batches that could not be sent, to be sent again."},
    {"monitron_agent_sent_batches_total", "Batches that the server took."},
    {"monitron_agent_spool_bytes", "Size of the spool."},
    {"monitron_agent_spool_damaged_segments_total", "Segments of the spool that were damaged."},
    {"monitron_agent_spool_dropped_batches_total", "Batches for which the spool had no room."},
    {"monitron_agent_spool_pending_batches", "Batches in the spool that wait for being sent."},
    // checks
    {"probe_dns_additional_rrs", "Additional records of the answer."},
    {"probe_dns_answer_hash", "Number that changes when the answers change."},
    {"probe_dns_answer_rrs", "Answer records."},
    {"probe_dns_authority_rrs", "Authority records of the answer."},
    {"probe_dns_lookup_time_seconds", "How long the name server took to answer."},
    {"probe_dns_ttl_seconds", "Least time to live of the answers."},
    {"probe_domain_days_left", "Whole days until the registration ends; negative afterwards."},
    {"probe_domain_expiry_timestamp_seconds", "When the registration ends."},
    {"probe_domain_expiry_warning_days",
     "Mark of days before the end of the registration that was passed; 0: none."},
    {"probe_duration_seconds", "How long the check took."},
    {"probe_failed_due_to_regex", "1 when an expression on body or headers decided against it."},
    {"probe_http_content_length", "Content-Length of the answer; -1 when it is not told."},
    {"probe_http_last_modified_timestamp_seconds",
     "When the target says that what it sent was changed, in seconds since 1970."},
    {"probe_http_redirects", "Redirects that were followed."},
    {"probe_http_ssl", "1 when the answer came by TLS."},
    {"probe_http_status_code", "Status of the answer."},
    {"probe_http_uncompressed_body_length", "Bytes of the body that were read, unpacked."},
    {"probe_http_version", "HTTP version of the answer."},
    {"probe_icmp_duplicates", "Answers that came more than once."},
    {"probe_icmp_late_replies", "Answers that came after the patience with their packet."},
    {"probe_icmp_packet_loss_ratio", "Share of the packets that were not answered."},
    {"probe_icmp_packet_rtt_seconds",
     "Round trip time of one packet, by its number; absent when it was lost."},
    {"probe_icmp_packets_received", "Packets that were answered."},
    {"probe_icmp_packets_sent", "Packets that were sent."},
    {"probe_icmp_rtt_seconds",
     "Round trip time of the packets, by stat; jitter is the mean difference of neighbours."},
    {"probe_ip_protocol", "4 or 6: the version of IP that was used."},
    {"probe_kafka_brokers", "Brokers of the cluster."},
    {"probe_kafka_group_lag", "Messages that the group of consumers has not read."},
    {"probe_kafka_group_topic_lag",
     "Messages of the topic that the group of consumers has not read."},
    {"probe_kafka_offline_partitions", "Partitions without a leader."},
    {"probe_kafka_partitions", "Partitions of the cluster."},
    {"probe_kafka_topics", "Topics of the cluster."},
    {"probe_kafka_under_replicated_partitions",
     "Partitions with a replica that is not in sync, or without a leader."},
    {"probe_mongodb_max_wire_version", "Latest version of the protocol that the server speaks."},
    {"probe_mongodb_writable", "1 when the server takes writes."},
    {"probe_mysql_query_rows", "Rows that the query brought."},
    {"probe_mysql_query_seconds", "How long the query took."},
    {"probe_mysql_query_value", "First value of the first row, when it is a number."},
    {"probe_phase_seconds", "How long a phase of the check took."},
    {"probe_postgresql_query_rows", "Rows that the query brought."},
    {"probe_postgresql_query_seconds", "How long the query took."},
    {"probe_postgresql_query_value", "First value of the first row, when it is a number."},
    {"probe_rabbitmq_consumers", "Consumers of all queues that were looked at."},
    {"probe_rabbitmq_messages_ready", "Messages ready in all queues that were looked at."},
    {"probe_rabbitmq_messages_unacked",
     "Messages not acknowledged of all queues that were looked at."},
    {"probe_rabbitmq_queue_consumers", "Consumers of the queue."},
    {"probe_rabbitmq_queue_messages_ready", "Messages ready in the queue."},
    {"probe_rabbitmq_queue_messages_unacked", "Messages of the queue that are not acknowledged."},
    {"probe_rabbitmq_queues", "Queues that were looked at."},
    {"probe_redis_connected_clients", "Clients that the server has."},
    {"probe_redis_master", "1 when the server is a master, 0 when it follows one."},
    {"probe_redis_used_memory_bytes", "Memory that the server's data takes."},
    {"probe_script_exit_code", "Exit status of the script."},
    {"probe_script_value", "Performance data of the script, by label."},
    {"probe_smtp_status_code", "Code of the mail server's last answer before the farewell."},
    {"probe_ssl_earliest_cert_expiry",
     "When the first certificate of the chain expires, in seconds since 1970."},
    {"probe_ssl_expired", "1 when a certificate is not valid now."},
    {"probe_ssl_expiry_days", "Days until the first certificate of the chain expires."},
    {"probe_ssl_expiry_warning_days", "Mark of days before the expiry that was passed; 0: none."},
    {"probe_ssl_last_chain_expiry_timestamp_seconds",
     "When the chain that was verified ends, in seconds since 1970."},
    {"probe_ssl_leaf_cert_expiry",
     "When the server's own certificate expires, in seconds since 1970."},
    {"probe_ssl_verified", "1 when the certificate is trusted."},
    {"probe_success", "1 when the check found its target up, 0 when down."},
    {"probe_tcp_delivery_rate_bytes", "Bytes a second that TCP saw delivered."},
    {"probe_tcp_lost_packets", "Segments on the way that TCP takes for lost."},
    {"probe_tcp_retransmits", "Segments that were sent again."},
    {"probe_tcp_rtt_seconds", "Round trip time that TCP measured."},
    {"probe_tcp_turn_seconds", "How long a turn of the dialogue took, by its number."},
    {"probe_udp_answer_bytes", "Size of the answer."},
};

// As OpenMetrics has it: what the name ends with.
std::string unit_of(std::string_view name) {
  for (const std::string_view unit : {"seconds", "bytes", "ratio", "days"}) {
    if (name.ends_with("_" + std::string(unit))) return std::string(unit);
  }
  return {};
}

using Table = std::map<std::string, MetricMetadata, std::less<>>;

Table make_table() {
  Table table;
  for (const auto& row : kOwn) {
    std::string_view name = row.name;
    const bool counts = row.counts || name.ends_with("_total");
    const auto stem = name.ends_with("_total") ? family_of(name) : name;
    table[row.name] = {row.name, counts ? "counter" : "gauge", row.help, unit_of(stem)};
  }
  return table;
}

}  // namespace

const MetricMetadata* own_metadata(std::string_view metric) {
  static const Table kTable = make_table();
  const auto found = kTable.find(metric);
  return found == kTable.end() ? nullptr : &found->second;
}

std::string_view family_of(std::string_view metric) {
  for (const std::string_view ending :
       {"_bucket", "_count", "_sum", "_total", "_created", "_info", "_gcount", "_gsum"}) {
    if (metric.ends_with(ending)) return metric.substr(0, metric.size() - ending.size());
  }
  return {};
}

}  // namespace monitron::domain
