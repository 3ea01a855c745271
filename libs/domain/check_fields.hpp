#pragma once
// The members of each kind's settings: name, meaning and limits, once for all who need them. The
// API's reading, its schema and the forms of the UI are visitors of these functions.
//
// A visitor is called as visit(name, member, rule) with a member of one of these types:
// std::string, Secret, bool, int, std::int64_t, seconds, milliseconds, std::vector<std::string>,
// std::vector<int>, a map of texts or Secrets by name, or a struct that has fields_of itself and
// vectors of such. Names of durations end in their unit.

#include "domain/check_settings.hpp"

#include <concepts>
#include <span>
#include <string_view>

namespace monitron::domain {

// One of these structs or of their children, const or not.
template <class S, class Base>
concept Of = std::derived_from<std::remove_const_t<S>, Base>;

// What a value must be. Of numbers (and of each in a list) least and most are the range; of texts
// they count bytes; `items` limits lists and maps.
struct FieldRule {
  std::string_view about;
  std::int64_t least = 0;
  std::int64_t most = 1024;
  std::size_t items = 50;
  std::span<const std::string_view> choices{};
  // What is wrong with a text (or each of a list, or each value of a map); "": nothing. Not asked
  // about empty ones.
  std::string (*look)(std::string_view) = nullptr;
  bool lines = false;   // may hold line breaks
  bool scalar = false;  // a number or a boolean is taken as its text
};

inline constexpr std::string_view kMethods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                                "PATCH", "DELETE", "OPTIONS"};
inline constexpr std::string_view kIpVersions[] = {"any", "4", "6"};
inline constexpr std::string_view kHttpVersions[] = {"1.1", "2"};
inline constexpr std::string_view kTlsVersions[] = {"1.0", "1.1", "1.2", "1.3"};
inline constexpr std::string_view kStartTls[] = {"none", "smtp", "imap",       "pop3",
                                                 "ftp",  "ldap", "postgresql", "mysql"};
inline constexpr std::string_view kJsonOps[] = {"==", "!=",       "<",       "<=",     ">",
                                                ">=", "contains", "matches", "exists", "absent"};
inline constexpr std::string_view kRecordTypes[] = {"A",   "AAAA", "CNAME", "MX",  "NS",
                                                    "TXT", "SOA",  "SRV",   "PTR", "CAA"};
inline constexpr std::string_view kSaslMechanisms[] = {"SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"};
inline constexpr std::string_view kTransports[] = {"udp", "tcp"};
inline constexpr std::string_view kDnsCodes[] = {"NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"};
inline constexpr std::string_view kDnsMatches[] = {"any", "all", "exact"};
inline constexpr std::string_view kGroupModes[] = {"worst", "best", "at_least", "weighted"};

// What a text may be wrong about (check_texts.cpp).
std::string complain_regex(std::string_view text);
std::string complain_status_range(std::string_view text);
std::string complain_header_value(std::string_view text);
std::string complain_host_name(std::string_view text);
std::string complain_http_url(std::string_view text);
std::string complain_server(std::string_view text);  // host[:port]
std::string complain_script_name(std::string_view text);
std::string complain_nul(std::string_view text);
std::string complain_escapes(std::string_view text);
std::string complain_hex(std::string_view text);
std::string complain_metric(std::string_view text);
std::string complain_json_path(std::string_view text);
std::string complain_uuid(std::string_view text);
std::string complain_cron(std::string_view text);
std::string complain_time_zone(std::string_view text);

template <class Visit, Of<TlsOptions> S>
void fields_of(Visit& visit, S& tls) {
  visit("verify", tls.verify, {.about = "A bad certificate fails the check"});
  visit("server_name", tls.server_name,
        {.about = "Name to ask for and to expect in the certificate; empty: the host of the target",
         .most = 253,
         .look = complain_host_name});
  visit("ca_certificate", tls.ca_certificate,
        {.about = "CA certificates (PEM) to trust instead of the checker's",
         .most = 65'536,
         .lines = true});
  visit("client_certificate", tls.client_certificate,
        {.about = "Certificate (PEM) to show to the target", .most = 65'536, .lines = true});
  visit("client_key", tls.client_key, {.about = "Its key (PEM)", .most = 16'384, .lines = true});
  visit("min_version", tls.min_version,
        {.about = "The oldest TLS version to accept", .choices = kTlsVersions, .scalar = true});
}

template <class Visit, Of<JsonAssertion> S>
void fields_of(Visit& visit, S& one) {
  visit("path", one.path,
        {.about = "JSONPath (RFC 9535) into the body, like $.status; every value there must fit",
         .least = 1,
         .look = complain_json_path});
  visit("op", one.op, {.about = "How to compare", .choices = kJsonOps});
  visit("value", one.value,
        {.about = "What to compare with; numbers compare as numbers", .scalar = true});
}

template <class Visit, Of<Extraction> S>
void fields_of(Visit& visit, S& one) {
  visit("metric", one.metric,
        {.about = "Name of the series", .least = 1, .most = 200, .look = complain_metric});
  visit("json_path", one.json_path,
        {.about = "JSONPath (RFC 9535) to a number of the body", .look = complain_json_path});
  visit("regex", one.regex,
        {.about = "Expression whose first group is the number", .look = complain_regex});
  visit("labels", one.labels, {.about = "Labels of the series", .most = 256, .items = 10});
}

template <class Visit, Of<HttpSettings> S>
void fields_of(Visit& visit, S& http) {
  visit("method", http.method, {.about = "Request method", .choices = kMethods});
  visit("headers", http.headers,
        {.about = "Request headers", .most = 8192, .look = complain_header_value});
  visit("secret_headers", http.secret_headers,
        {.about = "Request headers whose values nobody may read back", .most = 8192, .items = 20});
  visit("body", http.body, {.about = "Request body", .most = 65'536, .lines = true});
  visit("username", http.username, {.about = "User of basic authentication", .most = 256});
  visit("password", http.password, {.about = "Password of basic authentication", .most = 1024});
  visit("bearer_token", http.bearer_token,
        {.about = "Token of bearer authentication", .most = 8192});
  visit("expected_status", http.expected_status,
        {.about = "Status codes and ranges that are up",
         .least = 1,
         .most = 7,
         .look = complain_status_range,
         .scalar = true});
  visit("body_contains", http.body_contains,
        {.about = "Text that the body must have", .lines = true});
  visit("body_not_contains", http.body_not_contains,
        {.about = "Text that the body must not have", .lines = true});
  visit("body_matches", http.body_matches,
        {.about = "Expression (RE2) that the body must match", .look = complain_regex});
  visit("body_not_matches", http.body_not_matches,
        {.about = "Expression (RE2) that the body must not match", .look = complain_regex});
  visit("header_matches", http.header_matches,
        {.about = "Expressions (RE2) that answer headers must match, by name",
         .look = complain_regex});
  visit("json", http.json, {.about = "What must hold of the body as JSON", .items = 50});
  visit("extract", http.extract, {.about = "Numbers of the body to keep as series", .items = 50});
  visit("max_body_bytes", http.max_body_bytes,
        {.about = "How much of the body is read", .least = 1024, .most = 16 << 20});
  visit("follow_redirects", http.follow_redirects, {.about = "Follow redirects"});
  visit("max_redirects", http.max_redirects, {.about = "How many at most", .most = 20});
  visit("ip_version", http.ip_version,
        {.about = "IP version to connect with", .choices = kIpVersions, .scalar = true});
  visit("http_version", http.http_version,
        {.about = "HTTP version to speak", .choices = kHttpVersions, .scalar = true});
  visit("proxy", http.proxy,
        {.about = "Proxy to go through, http://host:port", .look = complain_http_url});
  visit("reuse_connection", http.reuse_connection,
        {.about = "Keep the connection for the next run instead of making a new one"});
  visit("tls", http.tls, {.about = "TLS of https targets"});
}

template <class Visit, Of<Exchange> S>
void fields_of(Visit& visit, S& one) {
  visit("send", one.send,
        {.about = "Text to send; \\r, \\n and \\xHH are understood",
         .most = 4096,
         .look = complain_escapes,
         .lines = true});
  visit("expect", one.expect,
        {.about = "Expression (RE2) that the answer must match", .look = complain_regex});
}

template <class Visit, Of<TcpSettings> S>
void fields_of(Visit& visit, S& tcp) {
  visit("dialogue", tcp.dialogue,
        {.about = "What to send and to expect, turn by turn", .items = 20});
  visit("starttls", tcp.starttls,
        {.about = "Protocol whose STARTTLS to use before the dialogue", .choices = kStartTls});
  visit("use_tls", tcp.use_tls, {.about = "Speak TLS from the first byte"});
  visit("ip_version", tcp.ip_version,
        {.about = "IP version to connect with", .choices = kIpVersions, .scalar = true});
  visit("tls", tcp.tls, {.about = "TLS, when it is used"});
}

template <class Visit, Of<UdpSettings> S>
void fields_of(Visit& visit, S& udp) {
  visit("send", udp.send,
        {.about = "Text to send; \\r, \\n and \\xHH are understood",
         .look = complain_escapes,
         .lines = true});
  visit("send_hex", udp.send_hex,
        {.about = "Bytes to send, in hex, instead of a text", .most = 2800, .look = complain_hex});
  visit("expect", udp.expect,
        {.about = "Expression (RE2) that the answer must match; empty: any answer",
         .look = complain_regex});
  visit("ip_version", udp.ip_version,
        {.about = "IP version to use", .choices = kIpVersions, .scalar = true});
}

template <class Visit, Of<IcmpSettings> S>
void fields_of(Visit& visit, S& icmp) {
  visit("count", icmp.count, {.about = "Echo requests of each run", .least = 1, .most = 100});
  visit("size", icmp.size, {.about = "Bytes of payload of each", .least = 16, .most = 1472});
  visit("interval_ms", icmp.interval, {.about = "Pause between them", .least = 10, .most = 60'000});
  visit("packet_timeout_ms", icmp.packet_timeout,
        {.about = "How long each may take to be answered", .least = 10, .most = 60'000});
  visit("max_loss_percent", icmp.max_loss_percent,
        {.about = "More loss than this is down", .most = 99});
  visit("ip_version", icmp.ip_version,
        {.about = "IP version to use", .choices = kIpVersions, .scalar = true});
}

template <class Visit, Of<TlsSettings> S>
void fields_of(Visit& visit, S& tls) {
  visit("warning_days", tls.warning_days,
        {.about = "Days before expiry at which to warn", .most = 3650, .items = 20});
  visit("starttls", tls.starttls,
        {.about = "Protocol whose STARTTLS to use", .choices = kStartTls});
  visit("ip_version", tls.ip_version,
        {.about = "IP version to connect with", .choices = kIpVersions, .scalar = true});
  visit("tls", tls.tls, {.about = "How to verify"});
}

template <class Visit, Of<DomainSettings> S>
void fields_of(Visit& visit, S& domain) {
  visit("warning_days", domain.warning_days,
        {.about = "Days before expiry at which to warn", .most = 3650, .items = 20});
  visit("rdap_server", domain.rdap_server,
        {.about = "RDAP server to ask; empty: the one of the registry", .look = complain_http_url});
  visit("whois_server", domain.whois_server,
        {.about = "WHOIS server to ask when RDAP has no answer; empty: the one of the registry",
         .look = complain_server});
}

template <class Visit, Of<DnsSettings> S>
void fields_of(Visit& visit, S& dns) {
  visit("record_type", dns.record_type,
        {.about = "Type of record to ask for", .choices = kRecordTypes});
  visit("server", dns.server,
        {.about = "Server to ask, host[:port]; empty: the checker's", .look = complain_server});
  visit("transport", dns.transport, {.about = "Transport", .choices = kTransports});
  visit("expected_code", dns.expected_code,
        {.about = "Response code that is up", .choices = kDnsCodes});
  visit("expected", dns.expected, {.about = "Answers that must be there; empty: any", .least = 1});
  visit("match", dns.match,
        {.about = "Whether any or all of them must be there, or exactly these",
         .choices = kDnsMatches});
  visit("watch_changes", dns.watch_changes, {.about = "Warn when the answers change"});
  visit("ip_version", dns.ip_version,
        {.about = "IP version to use", .choices = kIpVersions, .scalar = true});
}

template <class Visit, Of<DatabaseSettings> S>
void fields_of(Visit& visit, S& database) {
  visit("username", database.username,
        {.about = "User to log in as; empty: no login", .most = 256});
  visit("password", database.password, {.about = "Password of the user"});
  visit("database", database.database, {.about = "Database to use", .most = 256});
  visit("query", database.query,
        {.about = "Query to run after the login", .most = 4096, .lines = true});
  visit("expected", database.expected,
        {.about = "Expression (RE2) that the first value of the answer must match",
         .look = complain_regex});
  visit("ip_version", database.ip_version,
        {.about = "IP version to connect with", .choices = kIpVersions});
  visit("use_tls", database.use_tls, {.about = "Encrypt the connection"});
  visit("tls", database.tls, {.about = "TLS, when it is used"});
}

template <class Visit, Of<RedisSettings> S>
void fields_of(Visit& visit, S& redis) {
  visit("username", redis.username,
        {.about = "User of ACLs; empty: the default user", .most = 256});
  visit("password", redis.password, {.about = "Password; empty: no login"});
  visit("ip_version", redis.ip_version,
        {.about = "IP version to connect with", .choices = kIpVersions});
  visit("use_tls", redis.use_tls, {.about = "Encrypt the connection"});
  visit("tls", redis.tls, {.about = "TLS, when it is used"});
}

template <class Visit, Of<MongodbSettings> S>
void fields_of(Visit& visit, S& mongodb) {
  visit("username", mongodb.username, {.about = "User to log in as; empty: no login", .most = 256});
  visit("password", mongodb.password, {.about = "Password of the user"});
  visit("auth_database", mongodb.auth_database,
        {.about = "Database that knows the user", .least = 1, .most = 64});
  visit("expected_replica_set", mongodb.expected_replica_set,
        {.about = "Replica set that the server must belong to", .most = 256});
  visit("ip_version", mongodb.ip_version,
        {.about = "IP version to connect with", .choices = kIpVersions});
  visit("use_tls", mongodb.use_tls, {.about = "Encrypt the connection"});
  visit("tls", mongodb.tls, {.about = "TLS, when it is used"});
}

template <class Visit, Of<RabbitmqSettings> S>
void fields_of(Visit& visit, S& rabbitmq) {
  visit("username", rabbitmq.username,
        {.about = "User to log in as; empty: no login", .most = 256});
  visit("password", rabbitmq.password, {.about = "Password of the user"});
  visit("vhost", rabbitmq.vhost, {.about = "Virtual host", .least = 1, .most = 256});
  visit("management_url", rabbitmq.management_url,
        {.about = "Management API to read queues from, http://host:15672",
         .look = complain_http_url});
  visit("queues", rabbitmq.queues,
        {.about = "Queues to look at; empty: all together", .least = 1, .most = 255, .items = 200});
  visit("max_ready", rabbitmq.max_ready,
        {.about = "More ready messages than this are down; -1: no limit",
         .least = -1,
         .most = INT64_MAX});
  visit("max_unacked", rabbitmq.max_unacked,
        {.about = "More unacknowledged messages than this are down; -1: no limit",
         .least = -1,
         .most = INT64_MAX});
  visit("min_consumers", rabbitmq.min_consumers,
        {.about = "Fewer consumers of a queue are down", .most = 1'000'000});
  visit("ip_version", rabbitmq.ip_version,
        {.about = "IP version to connect with", .choices = kIpVersions});
  visit("use_tls", rabbitmq.use_tls, {.about = "Encrypt the connection"});
  visit("tls", rabbitmq.tls, {.about = "TLS, when it is used"});
}

template <class Visit, Of<KafkaSettings> S>
void fields_of(Visit& visit, S& kafka) {
  visit("username", kafka.username,
        {.about = "User to log in as (SASL); empty: no login", .most = 256});
  visit("password", kafka.password, {.about = "Password of the user"});
  visit("sasl_mechanism", kafka.sasl_mechanism,
        {.about = "How to log in; PLAIN sends the password itself", .choices = kSaslMechanisms});
  visit("min_brokers", kafka.min_brokers,
        {.about = "Fewer brokers are down", .least = 1, .most = 10'000});
  visit("max_under_replicated", kafka.max_under_replicated,
        {.about = "More under-replicated partitions are down", .most = 1'000'000});
  visit("groups", kafka.groups,
        {.about = "Consumer groups whose lag is measured", .least = 1, .most = 255});
  visit("max_lag", kafka.max_lag,
        {.about = "More lag of a group is down; -1: no limit", .least = -1, .most = INT64_MAX});
  visit("ip_version", kafka.ip_version,
        {.about = "IP version to connect with", .choices = kIpVersions});
  visit("use_tls", kafka.use_tls, {.about = "Encrypt the connection"});
  visit("tls", kafka.tls, {.about = "TLS, when it is used"});
}

template <class Visit, Of<SmtpSettings> S>
void fields_of(Visit& visit, S& smtp) {
  visit("starttls", smtp.starttls, {.about = "Use STARTTLS and look at the certificate"});
  visit("use_tls", smtp.use_tls, {.about = "Speak TLS from the first byte"});
  visit("tls", smtp.tls, {.about = "TLS, when it is used"});
}

template <class Visit, Of<SshSettings> S>
void fields_of(Visit& visit, S& ssh) {
  visit("expected_banner", ssh.expected_banner,
        {.about = "Expression (RE2) that the server's banner must match", .look = complain_regex});
}

template <class Visit, Of<ScriptSettings> S>
void fields_of(Visit& visit, S& script) {
  visit("command", script.command,
        {.about = "Name of a file in the checker's folder of scripts",
         .least = 1,
         .most = 255,
         .look = complain_script_name});
  visit(
      "arguments", script.arguments,
      {.about = "Its arguments", .most = 8192, .items = 100, .look = complain_nul, .lines = true});
  visit("secrets", script.secrets,
        {.about = "Secret variables of its environment, by name", .most = 512, .items = 20});
  visit("input", script.input,
        {.about = "Secret text for its standard input", .most = 8192, .lines = true});
}

template <class Visit, Of<HeartbeatSettings> S>
void fields_of(Visit& visit, S& heartbeat) {
  visit("period_seconds", heartbeat.period,
        {.about = "Expected time between two pings", .least = 1, .most = 31'536'000});
  visit("cron", heartbeat.cron,
        {.about = "When pings are expected, as a cron expression, instead of the period",
         .look = complain_cron});
  visit("time_zone", heartbeat.time_zone,
        {.about = "IANA time zone of the cron expression", .least = 1, .look = complain_time_zone});
  visit("grace_seconds", heartbeat.grace,
        {.about = "How much later a ping may come", .least = 1, .most = 31'536'000});
}

template <class Visit, Of<GroupMember> S>
void fields_of(Visit& visit, S& member) {
  visit("check_id", member.check_id,
        {.about = "A check", .least = 1, .most = 36, .look = complain_uuid});
  visit("weight", member.weight, {.about = "Its weight", .most = 1000});
}

template <class Visit, Of<GroupSettings> S>
void fields_of(Visit& visit, S& group) {
  visit("members", group.members,
        {.about = "The checks that belong to it", .least = 1, .items = 1000});
  visit("mode", group.mode, {.about = "How their states become one", .choices = kGroupModes});
  visit(
      "at_least", group.at_least,
      {.about = "How many members (or how much weight) must be up", .least = 1, .most = 1'000'000});
}

}  // namespace monitron::domain
