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

}  // namespace

std::string_view service_type_of(std::uint16_t port) {
  const auto at =
      std::lower_bound(kTypes.begin(), kTypes.end(), port,
                       [](const Row& row, std::uint16_t sought) { return row.first < sought; });
  return at != kTypes.end() && at->first == port ? at->second : std::string_view();
}

}  // namespace monitron::host
