#pragma once
// What each kind of check asks of its target. Defaults are those of a check that names no settings.
// Names and limits of the members, as the API shows them: check_fields.hpp.

#include "base/ids.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace monitron::domain {

// A password or key. At rest and in messages it is an envelope that only the vault opens; plain in
// the memory of who runs the check alone. Empty: none.
struct Secret {
  std::string text;
  bool empty() const { return text.empty(); }
  bool sealed() const { return text.starts_with("sealed:"); }
  bool operator==(const Secret&) const = default;
};

struct TlsOptions {
  bool verify = true;              // a bad certificate fails the check
  std::string server_name;         // empty: the host of the target
  std::string ca_certificate;      // PEM; empty: the checker's own
  std::string client_certificate;  // PEM
  Secret client_key;               // PEM
  std::string min_version = "1.2";
  bool operator==(const TlsOptions&) const = default;
};

// Compares what a path of the answer's JSON holds with a value.
struct JsonAssertion {
  std::string path;  // RFC 9535
  std::string op = "==";
  std::string value;
  bool operator==(const JsonAssertion&) const = default;
};

// A number of the answer that becomes a series. Exactly one of json_path and regex is given.
struct Extraction {
  std::string metric;
  std::string json_path;
  std::string regex;  // its first group
  std::map<std::string, std::string> labels;
  bool operator==(const Extraction&) const = default;
};

struct HttpSettings {
  std::string method = "GET";
  std::map<std::string, std::string> headers;
  std::map<std::string, Secret> secret_headers;
  std::string body;
  std::string username;
  Secret password;
  Secret bearer_token;
  std::vector<std::string> expected_status{"200-299"};  // "204" or "200-299"
  std::string body_contains;
  std::string body_not_contains;
  std::string body_matches;  // RE2
  std::string body_not_matches;
  std::map<std::string, std::string> header_matches;  // name -> RE2
  std::vector<JsonAssertion> json;
  std::vector<Extraction> extract;
  std::int64_t max_body_bytes = 1 << 20;
  bool follow_redirects = true;
  int max_redirects = 5;
  std::string ip_version = "any";
  std::string http_version = "1.1";
  std::string proxy;  // http://host:port
  bool reuse_connection = false;
  TlsOptions tls;
  bool operator==(const HttpSettings&) const = default;
};

// One turn of a dialogue; either half may be empty.
struct Exchange {
  std::string send;
  std::string expect;  // RE2, searched in what came since the turn began
  bool operator==(const Exchange&) const = default;
};

struct TcpSettings {
  std::vector<Exchange> dialogue;
  std::string starttls = "none";
  bool use_tls = false;  // TLS from the first byte
  std::string ip_version = "any";
  TlsOptions tls;
  bool operator==(const TcpSettings&) const = default;
};

struct UdpSettings {
  std::string send;
  std::string send_hex;  // instead of `send`
  std::string expect;    // RE2; empty: any answer
  std::string ip_version = "any";
  bool operator==(const UdpSettings&) const = default;
};

struct IcmpSettings {
  int count = 5;
  int size = 56;  // bytes of payload
  std::chrono::milliseconds interval{200};
  std::chrono::milliseconds packet_timeout{2000};  // an answer after it does not count
  int max_loss_percent = 99;                       // more is down
  std::string ip_version = "any";
  bool operator==(const IcmpSettings&) const = default;
};

struct TlsSettings {
  std::vector<int> warning_days{30, 14, 7, 1};
  std::string starttls = "none";
  std::string ip_version = "any";
  TlsOptions tls;
  bool operator==(const TlsSettings&) const = default;
};

struct DomainSettings {
  std::vector<int> warning_days{30, 14, 7, 1};
  std::string rdap_server;   // URL; empty: by IANA's bootstrap
  std::string whois_server;  // host[:port]; empty: by IANA's word
  bool operator==(const DomainSettings&) const = default;
};

struct DnsSettings {
  std::string record_type = "A";
  std::string server;  // address[:port]; empty: the checker's
  std::string transport = "udp";
  std::string expected_code = "NOERROR";
  std::vector<std::string> expected;  // answers; empty: any
  std::string match = "any";          // any, all or exact
  bool watch_changes = false;         // a changed answer warns
  std::string ip_version = "any";
  bool operator==(const DnsSettings&) const = default;
};

// A login and a query are optional; without them the smallest handshake is the check.
struct DatabaseSettings {
  std::string username;
  Secret password;
  std::string database;
  std::string query;
  std::string expected;  // RE2 on the first value of the first row; empty: any
  std::string ip_version = "any";
  bool use_tls = false;
  TlsOptions tls;
  bool operator==(const DatabaseSettings&) const = default;
};
struct PostgresqlSettings : DatabaseSettings {};
struct MysqlSettings : DatabaseSettings {};

struct RedisSettings {
  std::string username;
  Secret password;
  std::string ip_version = "any";
  bool use_tls = false;
  TlsOptions tls;
  bool operator==(const RedisSettings&) const = default;
};

struct MongodbSettings {
  std::string username;  // empty: no login
  Secret password;
  std::string auth_database = "admin";
  std::string expected_replica_set;
  std::string ip_version = "any";
  bool use_tls = false;
  TlsOptions tls;
  bool operator==(const MongodbSettings&) const = default;
};

struct RabbitmqSettings {
  std::string username;
  Secret password;
  std::string vhost = "/";
  std::string management_url;       // http(s)://host:15672; empty: the protocol alone
  std::vector<std::string> queues;  // to look at; empty: all together
  std::int64_t max_ready = -1;      // -1: no limit
  std::int64_t max_unacked = -1;
  int min_consumers = 0;
  std::string ip_version = "any";
  bool use_tls = false;
  TlsOptions tls;
  bool operator==(const RabbitmqSettings&) const = default;
};

struct KafkaSettings {
  std::string username;  // of SASL; empty: no login
  Secret password;
  std::string sasl_mechanism = "SCRAM-SHA-256";
  int min_brokers = 1;
  int max_under_replicated = 0;
  std::vector<std::string> groups;  // whose lag is measured
  std::int64_t max_lag = -1;
  std::string ip_version = "any";
  bool use_tls = false;
  TlsOptions tls;
  bool operator==(const KafkaSettings&) const = default;
};

struct SmtpSettings {
  bool starttls = false;
  bool use_tls = false;
  TlsOptions tls;
  bool operator==(const SmtpSettings&) const = default;
};

struct SshSettings {
  std::string expected_banner;  // RE2; empty: any of SSH 2.0
  bool operator==(const SshSettings&) const = default;
};

struct ScriptSettings {
  std::string command;  // the name of a file in the checker's folder of scripts
  std::vector<std::string> arguments;
  std::map<std::string, Secret> secrets{};  // variables of its environment
  Secret input{};                           // its standard input
  bool operator==(const ScriptSettings&) const = default;
};

// A dead man's switch: what is watched calls, we do not. Either a period or a cron expression.
struct HeartbeatSettings {
  std::chrono::seconds period{86'400};
  std::string cron;  // five fields; empty: by the period
  std::string time_zone = "UTC";
  std::chrono::seconds grace{3600};
  bool operator==(const HeartbeatSettings&) const = default;
};

struct GroupMember {
  std::string check_id;
  int weight = 1;
  bool operator==(const GroupMember&) const = default;
};

struct GroupSettings {
  std::vector<GroupMember> members;
  std::string mode = "worst";  // worst, best, at_least, weighted
  int at_least = 1;            // members (or weight, when weighted) that must be up
  bool operator==(const GroupSettings&) const = default;
};

// In the order of CheckKind.
using CheckSettings =
    std::variant<HttpSettings, TcpSettings, UdpSettings, IcmpSettings, TlsSettings, DomainSettings,
                 DnsSettings, PostgresqlSettings, MysqlSettings, RedisSettings, MongodbSettings,
                 RabbitmqSettings, KafkaSettings, SmtpSettings, SshSettings, ScriptSettings,
                 HeartbeatSettings, GroupSettings>;

enum class CheckKind {
  http,
  tcp,
  udp,
  icmp,
  tls,
  domain,
  dns,
  postgresql,
  mysql,
  redis,
  mongodb,
  rabbitmq,
  kafka,
  smtp,
  ssh,
  script,
  heartbeat,
  group
};

}  // namespace monitron::domain
