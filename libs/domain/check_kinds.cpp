#include "domain/check.hpp"

#include <array>

namespace monitron::domain {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::vector<KindInfo> make_kinds() {
  using Form = TargetForm;
  std::vector<KindInfo> kinds{
      {CheckKind::http, "http", "Web page or API", Form::url},
      {CheckKind::tcp, "tcp", "TCP port", Form::host_port},
      {CheckKind::udp, "udp", "UDP service", Form::host_port},
      {CheckKind::icmp, "icmp", "Ping", Form::host},
      {CheckKind::tls, "tls", "Certificate of a TLS server", Form::host_port, 443},
      {CheckKind::domain, "domain", "Registration of a domain", Form::domain},
      {CheckKind::dns, "dns", "DNS records", Form::domain},
      {CheckKind::postgresql, "postgresql", "PostgreSQL", Form::host_port, 5432},
      {CheckKind::mysql, "mysql", "MySQL or MariaDB", Form::host_port, 3306},
      {CheckKind::redis, "redis", "Redis", Form::host_port, 6379},
      {CheckKind::mongodb, "mongodb", "MongoDB", Form::host_port, 27017},
      {CheckKind::rabbitmq, "rabbitmq", "RabbitMQ", Form::host_port, 5672},
      {CheckKind::kafka, "kafka", "Kafka", Form::host_port, 9092},
      {CheckKind::smtp, "smtp", "Mail server", Form::host_port, 25},
      {CheckKind::ssh, "ssh", "SSH server", Form::host_port, 22},
      {CheckKind::script, "script", "Script of the checker", Form::word},
      {CheckKind::heartbeat, "heartbeat", "Heartbeat of a job that calls in", Form::name},
      {CheckKind::group, "group", "Group of checks", Form::name}};
  const auto of = [&](CheckKind kind) -> KindInfo& {
    return kinds[static_cast<std::size_t>(kind)];
  };
  // Many sites and ports may be behind one host; when it hangs, its checks must not wait in line.
  for (const auto kind : {CheckKind::http, CheckKind::tcp, CheckKind::udp, CheckKind::icmp,
                          CheckKind::tls, CheckKind::dns, CheckKind::domain}) {
    of(kind).per_host = 64;
  }
  of(CheckKind::mysql).per_host = of(CheckKind::ssh).per_host = 1;
  of(CheckKind::heartbeat).active = of(CheckKind::group).active = false;
  // Confirmed within minutes, not with the third look after hours.
  of(CheckKind::tls).interval = hours(1);
  of(CheckKind::tls).retry_interval = seconds(60);
  of(CheckKind::domain).interval = of(CheckKind::domain).least_interval = hours(24);
  of(CheckKind::domain).timeout = seconds(30);
  // A date that a registry tells, a deadline that has passed and states that are confirmed already
  // are sure at once.
  for (const auto kind : {CheckKind::domain, CheckKind::heartbeat, CheckKind::group}) {
    of(kind).failures_before_down = of(kind).successes_before_up = 1;
  }
  return kinds;
}

template <std::size_t... I>
CheckSettings nth_settings(std::size_t n, std::index_sequence<I...>) {
  CheckSettings settings;
  ((I == n ? (void)settings.emplace<I>() : void()), ...);
  return settings;
}

}  // namespace

const std::vector<KindInfo>& check_kinds() {
  static const auto kinds = make_kinds();
  return kinds;
}

const KindInfo& info_of(CheckKind kind) { return check_kinds()[static_cast<std::size_t>(kind)]; }
std::string_view to_string(CheckKind kind) { return info_of(kind).name; }

std::optional<CheckKind> parse_check_kind(std::string_view text) {
  for (const auto& info : check_kinds()) {
    if (info.name == text) return info.kind;
  }
  return std::nullopt;
}

CheckSettings default_settings(CheckKind kind) {
  return nth_settings(static_cast<std::size_t>(kind),
                      std::make_index_sequence<std::variant_size_v<CheckSettings>>{});
}

int quorum_of(int locations, int asked) { return asked > 0 ? asked : locations / 2 + 1; }

int quorum_of(const CheckDefinition& check) {
  return quorum_of(static_cast<int>(check.locations.size()), check.quorum);
}

}  // namespace monitron::domain
