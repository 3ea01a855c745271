#include "agent/measurements.hpp"

#include "agent/connection_series.hpp"
#include "agent/version.hpp"
#include "base/bytes.hpp"
#include "base/log.hpp"
#include "host/kernel_clock.hpp"
#include "host/kernel_figures.hpp"
#include "host/memory.hpp"
#include "host/network.hpp"
#include "host/sensors.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>

namespace monitron::agent {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The names of devices, mount points and commands come from outside; a dictionary takes UTF-8 only.
std::string as_utf8(const std::string& text) {
  if (is_valid_utf8(text)) return text;
  std::string clean;
  for (const char c : text) clean.push_back(c > 0 ? c : '?');
  return clean;
}

void add_clock(Measurements& out) {
  const auto clock = host::kernel_clock();
  if (!clock) return;
  out.add("node_timex_sync_status", clock->synchronised ? 1 : 0);
  out.add("node_timex_offset_seconds", clock->offset_seconds);
  out.add("node_timex_maxerror_seconds", clock->max_error_seconds);
}

void add_temperatures(const host::Sensors& sensors, Measurements& out) {
  for (const auto& [chip, name] : sensors.chips) {
    out.add("node_hwmon_chip_names", 1, {{"chip", chip}, {"chip_name", name}});
  }
  for (const auto& one : sensors.temperatures) {
    const Labels labels{{"chip", one.chip}, {"sensor", one.sensor}};
    out.add("node_hwmon_temp_celsius", one.celsius, labels);
    if (one.maximum) out.add("node_hwmon_temp_max_celsius", *one.maximum, labels);
    if (one.critical) out.add("node_hwmon_temp_crit_celsius", *one.critical, labels);
    if (one.label.empty()) continue;
    out.add("node_hwmon_sensor_label", 1,
            {{"chip", one.chip}, {"sensor", one.sensor}, {"label", one.label}});
  }
  for (const auto& one : sensors.zones) {
    out.add("node_thermal_zone_temp", one.celsius, {{"zone", one.zone}, {"type", one.type}});
  }
}

void add_addresses(Measurements& out) {
  for (const auto& one : host::network_addresses()) {
    out.add("node_network_address_info", 1,
            {{"device", one.device},
             {"address", one.address},
             {"netmask", std::to_string(one.prefix_bits)},
             {"scope", one.scope}});
  }
}

void add_kernel(Measurements& out) {
  utsname kernel{};
  if (uname(&kernel) != 0) return;
  out.add("node_uname_info", 1,
          {{"sysname", kernel.sysname},
           {"release", kernel.release},
           {"version", kernel.version},
           {"machine", kernel.machine},
           {"nodename", kernel.nodename},
           {"domainname", kernel.domainname}});
}

}  // namespace

void Measurements::add(const char* name, double value, const Labels& labels) {
  Labels merged = labels;
  merged.insert(own_->begin(), own_->end());
  Measurement measurement{{name, {}}, value};
  measurement.series.labels.reserve(merged.size());
  for (const auto& [label, text] : merged) {
    measurement.series.labels.emplace_back(label, as_utf8(text));
  }
  all_.push_back(std::move(measurement));
}

void Measurements::append(std::vector<Measurement> more) {
  all_.insert(all_.end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

Collector::Collector(Labels own, const Wanted& wanted, std::string proc)
    : own_(std::move(own)), processes_(proc) {
  using Own = void (Collector::*)(std::string_view text, Measurements & out);
  const auto source = [&](const char* name, Own add) {
    const auto call = [this, add](std::string_view text, Measurements& out) {
      (this->*add)(text, out);
    };
    sources_.push_back({name, host::ProcFile(proc + "/" + name), call});
  };
  const auto figures = [&](const char* name, host::Figures (*parse)(std::string_view)) {
    const auto add = [parse](std::string_view text, Measurements& out) {
      for (const auto& [figure, value] : parse(text)) out.add(figure.c_str(), value);
    };
    sources_.push_back({name, host::ProcFile(proc + "/" + name), add, true});
  };
  source("stat", &Collector::add_cpu);
  source("loadavg", &Collector::add_load);
  source("meminfo", &Collector::add_memory);
  source("diskstats", &Collector::add_disks);
  source("net/dev", &Collector::add_network);
  source("mounts", &Collector::add_filesystems);
  figures("vmstat", host::parse_vmstat);
  figures("pressure/cpu", host::parse_cpu_pressure);
  figures("pressure/memory", host::parse_memory_pressure);
  figures("pressure/io", host::parse_io_pressure);
  figures("net/snmp", host::parse_netstat);
  figures("net/netstat", host::parse_netstat);
  figures("net/snmp6", host::parse_snmp6);
  figures("net/sockstat", host::parse_sockstat);
  figures("net/sockstat6", host::parse_sockstat);
  figures("sys/fs/file-nr", host::parse_file_nr);
  figures("sys/kernel/random/entropy_avail", host::parse_entropy);
  figures("sys/net/netfilter/nf_conntrack_count", host::parse_conntrack_count);
  figures("sys/net/netfilter/nf_conntrack_max", host::parse_conntrack_limit);
  want(wanted);
}

void Collector::want(const Wanted& wanted) {
  wanted_ = wanted;
  if (!wanted.connections) return connections_.reset();
  if (connections_) return connections_->log_at_most(wanted.connection_log);
  auto watcher = host::ConnectionWatcher::start({.logged = wanted.connection_log});
  if (!watcher) return log::warning("host.no_connections", watcher.error().text);
  connections_ = *std::move(watcher);
}

void Collector::read(Source& source, Measurements& out) {
  const auto text = source.file.read(buffer_);
  if (text) source.add(*text, out);
  const bool failing = !text && !(source.optional && text.error().fault == Fault::not_found);
  if (failing && !source.failing) {
    log::warning("host.unreadable", "a source of metrics can not be read",
                 {{"source", source.name}, {"reason", text.error().text}});
  }
  source.failing = failing;
}

Round Collector::collect(const Clock& clock, const OwnFigures& own) {
  Round round{
      to_ms(clock.now()), Measurements(own_), Measurements(own_), Measurements(own_), {}, {}};
  const auto now = clock.steady_now();
  since_last_ = first_ ? 0 : std::chrono::duration<double>(now - last_round_).count();
  round.host.add("node_time_seconds", static_cast<double>(round.time_ms) / 1000);
  for (auto& source : sources_) read(source, round.host);
  add_clock(round.host);
  add_kernel(round.host);
  add_addresses(round.host);
  add_temperatures(host::read_sensors(), round.host);
  add_processes(round.processes);
  add_connections(round);
  last_round_ = now;
  first_ = false;
  const double took = std::chrono::duration<double>(clock.steady_now() - now).count();
  round.host.add("monitron_agent_collect_duration_seconds", took);
  add_own(own, round.host);
  return round;
}

void Collector::add_cpu(std::string_view text, Measurements& out) {
  auto stat = host::parse_stat(text);
  if (!stat) return;
  if (const auto all = host::usage_ratio(last_cpu_.all, stat->all); all && !first_) {
    out.add("node_cpu_usage_ratio", *all, {{"core", "total"}});
  }
  for (const auto& [core, times] : stat->cores) {
    for (const auto& [before_core, before] : last_cpu_.cores) {
      if (before_core != core) continue;
      const auto ratio = host::usage_ratio(before, times);
      if (ratio) out.add("node_cpu_usage_ratio", *ratio, {{"core", std::to_string(core)}});
    }
    add_core(core, times, out);
  }
  out.add("node_procs_running", stat->processes_running);
  out.add("node_procs_blocked", stat->processes_blocked);
  out.add("node_forks_total", stat->forks);
  out.add("node_context_switches_total", stat->context_switches);
  out.add("node_intr_total", stat->interrupts);
  out.add("node_boot_time_seconds", stat->boot_time_seconds);
  last_cpu_ = std::move(*stat);
}

void Collector::add_core(int core, const host::CpuTimes& times, Measurements& out) {
  const auto add = [&](const char* name, const char* mode, std::uint64_t ticks) {
    out.add(name, host::seconds_of_ticks(ticks), {{"cpu", std::to_string(core)}, {"mode", mode}});
  };
  for (std::size_t i = 0; i < times.modes.size(); ++i) {
    add("node_cpu_seconds_total", host::kCpuModes[i], times.modes[i]);
  }
  for (std::size_t i = 0; i < times.guests.size(); ++i) {
    add("node_cpu_guest_seconds_total", host::kGuestModes[i], times.guests[i]);
  }
}

void Collector::add_load(std::string_view text, Measurements& out) {
  const auto load = host::parse_loadavg(text);
  if (!load) return;
  out.add("node_load1", load->one);
  out.add("node_load5", load->five);
  out.add("node_load15", load->fifteen);
}

void Collector::add_memory(std::string_view text, Measurements& out) {
  const auto memory = host::parse_meminfo(text);
  if (!memory) return;
  if (const auto used = host::used_ratio(*memory)) out.add("node_memory_used_ratio", *used);
  for (const auto& [figure, value] : host::parse_memory(text)) out.add(figure.c_str(), value);
}

void Collector::add_disks(std::string_view text, Measurements& out) {
  auto disks = host::parse_diskstats(text);
  for (const auto& disk : disks) {
    const Labels labels{{"device", disk.device}};
    for (const auto& before : last_disks_) {
      if (before.device != disk.device) continue;
      const auto use = host::use_between(before, disk, since_last_);
      if (!use) continue;
      out.add("node_disk_busy_ratio", use->busy_ratio, labels);
      out.add("node_disk_await_seconds", use->await_seconds, labels);
    }
    out.add("node_disk_read_bytes_total", disk.read_bytes, labels);
    out.add("node_disk_written_bytes_total", disk.written_bytes, labels);
    out.add("node_disk_reads_completed_total", disk.reads_completed, labels);
    out.add("node_disk_writes_completed_total", disk.writes_completed, labels);
    out.add("node_disk_reads_merged_total", disk.reads_merged, labels);
    out.add("node_disk_writes_merged_total", disk.writes_merged, labels);
    out.add("node_disk_read_time_seconds_total", disk.read_time_seconds, labels);
    out.add("node_disk_write_time_seconds_total", disk.write_time_seconds, labels);
    out.add("node_disk_io_now", disk.io_now, labels);
    out.add("node_disk_io_time_seconds_total", disk.io_time_seconds, labels);
    out.add("node_disk_io_time_weighted_seconds_total", disk.io_time_weighted_seconds, labels);
  }
  last_disks_ = std::move(disks);
}

void Collector::add_network(std::string_view text, Measurements& out) {
  for (const auto& device : host::parse_net_dev(text)) {
    const Labels labels{{"device", device.device}};
    out.add("node_network_receive_bytes_total", device.receive_bytes, labels);
    out.add("node_network_transmit_bytes_total", device.transmit_bytes, labels);
    out.add("node_network_receive_packets_total", device.receive_packets, labels);
    out.add("node_network_transmit_packets_total", device.transmit_packets, labels);
    out.add("node_network_receive_errs_total", device.receive_errors, labels);
    out.add("node_network_transmit_errs_total", device.transmit_errors, labels);
    out.add("node_network_receive_drop_total", device.receive_dropped, labels);
    out.add("node_network_transmit_drop_total", device.transmit_dropped, labels);
    const auto link = host::read_link(device.device);
    out.add("node_network_up", link.up ? 1 : 0, labels);
    if (link.speed_bytes) out.add("node_network_speed_bytes", *link.speed_bytes, labels);
    if (link.mtu_bytes) out.add("node_network_mtu_bytes", *link.mtu_bytes, labels);
  }
}

void Collector::add_filesystems(std::string_view text, Measurements& out) {
  for (const auto& found : filesystems_.read(host::parse_mounts(text))) {
    const Labels labels{{"device", found.mount.device},
                        {"mountpoint", found.mount.mountpoint},
                        {"fstype", found.mount.fstype}};
    out.add("node_filesystem_size_bytes", found.size_bytes, labels);
    out.add("node_filesystem_free_bytes", found.free_bytes, labels);
    out.add("node_filesystem_avail_bytes", found.avail_bytes, labels);
    if (const auto used = host::used_ratio(found)) {
      out.add("node_filesystem_used_ratio", *used, labels);
    }
    out.add("node_filesystem_readonly", found.mount.readonly ? 1 : 0, labels);
    out.add("node_filesystem_files", found.files, labels);
    out.add("node_filesystem_files_free", found.files_free, labels);
  }
}

void Collector::add_processes(Measurements& out) {
  if (wanted_.top_processes == 0) return;
  for (const auto& use : host::top_commands(processes_.read(since_last_), wanted_.top_processes)) {
    const Labels labels{{"command", use.command}};
    out.add("process_count", use.processes, labels);
    out.add("process_cpu_usage_ratio", use.cpu_usage_ratio, labels);
    out.add("process_resident_memory_bytes", use.resident_bytes, labels);
  }
}

void Collector::add_connections(Round& round) {
  if (!connections_) return;
  const auto found = connections_->round();
  if (found) {
    agent::add_connections(*found, round.connections);
    round.log = records_of(found->log);
  } else if (!connections_failing_) {
    log::warning("host.unreadable", "connections can not be read",
                 {{"reason", found.error().text}});
  }
  connections_failing_ = !found;
}

void Collector::add_own(const OwnFigures& own, Measurements& out) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  out.add("monitron_agent_info", 1, {{"version", std::string(kVersion)}});
  out.add("monitron_agent_cpu_seconds_total", seconds(usage.ru_utime) + seconds(usage.ru_stime));
  out.add("monitron_agent_filesystems_hanging", static_cast<double>(filesystems_.hanging()));
  out.add("monitron_agent_spool_bytes", own.spool_bytes);
  out.add("monitron_agent_spool_pending_batches", own.spool_pending);
  out.add("monitron_agent_spool_dropped_batches_total", own.spool_dropped);
  out.add("monitron_agent_spool_damaged_segments_total", own.spool_damaged);
  out.add("monitron_agent_quarantined_batches_total", own.quarantined);
  out.add("monitron_agent_sent_batches_total", own.sent);
  out.add("monitron_agent_send_failures_total", own.send_failures);
  out.add("monitron_agent_configuration_refused", own.configuration_refused ? 1 : 0);
  if (own.configuration.empty()) return;
  out.add("monitron_agent_configuration_info", 1, {{"version", own.configuration}});
}

}  // namespace monitron::agent
