#include "host/service_type.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace monitron::host {
namespace {

using Row = std::pair<std::uint16_t, std::string_view>;

constexpr std::array kTypes = std::to_array<Row>({
    {21, "ftp"},
    {22, "ssh"},
    {23, "telnet"},
    {25, "smtp"},
    {53, "dns"},
    {80, "http"},
    {88, "kerberos"},
    {110, "pop3"},
    {111, "rpcbind"},
    {143, "imap"},
    {179, "bgp"},
    {389, "ldap"},
    {443, "https"},
    {445, "smb"},
    {465, "smtp"},
    {514, "syslog"},
    {587, "smtp"},
    {636, "ldap"},
    {853, "dns"},
    {873, "rsync"},
    {993, "imap"},
    {995, "pop3"},
    {1433, "mssql"},
    {1521, "oracle"},
    {1883, "mqtt"},
    {2049, "nfs"},
    {2181, "zookeeper"},
    {2379, "etcd"},
    {2380, "etcd"},
    {3000, "http"},
    {3306, "mysql"},
    {3389, "rdp"},
    {4222, "nats"},
    {5044, "logstash"},
    {5432, "postgresql"},
    {5601, "kibana"},
    {5671, "rabbitmq"},
    {5672, "rabbitmq"},
    {6379, "redis"},
    {6380, "redis"},
    {6432, "postgresql"},
    {6443, "kubernetes"},
    {8000, "http"},
    {8080, "http"},
    {8086, "influxdb"},
    {8443, "https"},
    {8500, "consul"},
    {8883, "mqtt"},
    {9000, "clickhouse"},
    {9042, "cassandra"},
    {9090, "prometheus"},
    {9092, "kafka"},
    {9093, "alertmanager"},
    {9094, "alertmanager"},
    {9100, "node_exporter"},
    {9200, "elasticsearch"},
    {9300, "elasticsearch"},
    {10250, "kubernetes"},
    {11211, "memcached"},
    {15671, "rabbitmq"},
    {15672, "rabbitmq"},
    {25672, "rabbitmq"},
    {26379, "redis"},
    {27017, "mongodb"},
    {27018, "mongodb"},
    {27019, "mongodb"},
});
static_assert(std::is_sorted(kTypes.begin(), kTypes.end()));

using Program = std::pair<std::string_view, std::string_view>;

// By the kernel's name of the process, of which it keeps 15 characters. beam.smp is not among them:
// many things are written in Erlang.
constexpr std::array kPrograms = std::to_array<Program>({
    {"alertmanager", "alertmanager"},
    {"apache2", "http"},
    {"caddy", "http"},
    {"clickhouse-serv", "clickhouse"},
    {"consul", "consul"},
    {"dovecot", "imap"},
    {"envoy", "http"},
    {"etcd", "etcd"},
    {"haproxy", "http"},
    {"httpd", "http"},
    {"influxd", "influxdb"},
    {"lighttpd", "http"},
    {"mariadbd", "mysql"},
    {"memcached", "memcached"},
    {"mongod", "mongodb"},
    {"mongos", "mongodb"},
    {"mosquitto", "mqtt"},
    {"mysqld", "mysql"},
    {"named", "dns"},
    {"nats-server", "nats"},
    {"nginx", "http"},
    {"node_exporter", "node_exporter"},
    {"pgbouncer", "postgresql"},
    {"postgres", "postgresql"},
    {"postmaster", "postgresql"},
    {"prometheus", "prometheus"},
    {"redis-server", "redis"},
    {"slapd", "ldap"},
    {"sshd", "ssh"},
    {"traefik", "http"},
    {"unbound", "dns"},
    {"valkey-server", "redis"},
    {"varnishd", "http"},
    {"vsftpd", "ftp"},
});
static_assert(std::is_sorted(kPrograms.begin(), kPrograms.end()));

template <class Rows, class Key>
std::string_view type_in(const Rows& rows, const Key& key) {
  const auto at =
      std::lower_bound(rows.begin(), rows.end(), key,
                       [](const auto& row, const Key& sought) { return row.first < sought; });
  return at != rows.end() && at->first == key ? at->second : std::string_view();
}

}  // namespace

// A web server says less than the port: 443 is https.
std::string_view service_type_of(std::uint16_t port, std::string_view process) {
  const auto by_port = type_in(kTypes, port);
  const auto by_process = type_in(kPrograms, process);
  return by_process.empty() || (by_process == "http" && !by_port.empty()) ? by_port : by_process;
}

}  // namespace monitron::host
