#include "contracts/connection_wire.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace monitron::contracts {
namespace {

constexpr std::size_t kLongestText = 256;
constexpr std::int64_t kEndOfTimeMs = 253'402'300'799'999;  // of the year 9999
constexpr std::array<std::string_view, 6> kOutcomes = {"",          "closed",      "refused",
                                                       "timed_out", "unreachable", "reset"};

enum Tag : protozero::pbf_tag_type {
  cookie = 1,
  opened_ms,
  ended_ms,
  inbound,
  local_ip,
  local_port,
  remote_ip,
  remote_port,
  outcome,
  process,
  user,
  container,
  unit,
  sent_bytes,
  received_bytes
};

std::string* text_of(ConnectionRecord& record, protozero::pbf_tag_type tag) {
  switch (tag) {
    case local_ip:
      return &record.local_ip;
    case remote_ip:
      return &record.remote_ip;
    case outcome:
      return &record.outcome;
    case process:
      return &record.process;
    case user:
      return &record.user;
    case container:
      return &record.container;
    case unit:
      return &record.unit;
    default:
      return nullptr;
  }
}

void read_number(protozero::pbf_reader& reader, ConnectionRecord& record) {
  switch (reader.tag()) {
    case cookie:
      record.cookie = reader.get_fixed64();
      break;
    case opened_ms:
      record.opened_ms = reader.get_sint64();
      break;
    case ended_ms:
      record.ended_ms = reader.get_sint64();
      break;
    case inbound:
      record.inbound = reader.get_bool();
      break;
    case local_port:
      record.local_port = static_cast<std::uint16_t>(reader.get_uint32());
      break;
    case remote_port:
      record.remote_port = static_cast<std::uint16_t>(reader.get_uint32());
      break;
    case sent_bytes:
      record.sent_bytes = reader.get_uint64();
      break;
    case received_bytes:
      record.received_bytes = reader.get_uint64();
      break;
    default:
      reader.skip();
  }
}

std::string complaint(const ConnectionRecord& record) {
  if (record.opened_ms < 0 || record.opened_ms > kEndOfTimeMs) return "opened_ms: is no time";
  const bool ended = record.ended_ms != 0;
  if (ended && (record.ended_ms < record.opened_ms || record.ended_ms > kEndOfTimeMs)) {
    return "ended_ms: is no time after opened_ms";
  }
  if (!is_ip_address(record.local_ip)) return "local_ip: is no IP address";
  if (!is_ip_address(record.remote_ip)) return "remote_ip: is no IP address";
  if (std::find(kOutcomes.begin(), kOutcomes.end(), record.outcome) == kOutcomes.end()) {
    return "outcome: is none of those there are";
  }
  if (ended == record.outcome.empty()) return "outcome: is of what has ended, and of that always";
  return {};
}

}  // namespace

void write_connection(protozero::pbf_writer& to, const ConnectionRecord& record) {
  to.add_fixed64(cookie, record.cookie);
  to.add_sint64(opened_ms, record.opened_ms);
  if (record.ended_ms != 0) to.add_sint64(ended_ms, record.ended_ms);
  if (record.inbound) to.add_bool(inbound, true);
  to.add_uint32(local_port, record.local_port);
  to.add_uint32(remote_port, record.remote_port);
  auto copy = record;
  for (const auto tag : {local_ip, remote_ip, outcome, process, user, container, unit}) {
    const auto* text = text_of(copy, tag);
    if (!text->empty()) to.add_string(tag, *text);
  }
  if (record.sent_bytes != 0) to.add_uint64(sent_bytes, record.sent_bytes);
  if (record.received_bytes != 0) to.add_uint64(received_bytes, record.received_bytes);
}

Result<ConnectionRecord> read_connection(protozero::pbf_reader reader) {
  ConnectionRecord record;
  while (reader.next()) {
    auto* text = text_of(record, reader.tag());
    if (text == nullptr) {
      read_number(reader, record);
      continue;
    }
    *text = reader.get_string();
    const bool fits = text->size() <= kLongestText && is_valid_utf8(*text) &&
                      text->find('\0') == std::string::npos;
    if (!fits) return fail(Fault::invalid, "a text is too long or not UTF-8");
  }
  if (const auto wrong = complaint(record); !wrong.empty()) return fail(Fault::invalid, wrong);
  return record;
}

}  // namespace monitron::contracts
