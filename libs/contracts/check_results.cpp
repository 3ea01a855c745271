#include "contracts/check_results.hpp"

#include "base/bytes.hpp"
#include "contracts/protobuf.hpp"
#include "contracts/topology.hpp"

namespace monitron::contracts {

using domain::CheckResult;
using domain::CheckStatus;
using domain::ProbeValue;
using protozero::pbf_reader;
using protozero::pbf_writer;
using std::chrono::microseconds;

namespace {

constexpr std::size_t kResultLimit = 20'000;

std::string_view view(protozero::data_view data) { return {data.data(), data.size()}; }

void write_label(pbf_writer& out, protozero::pbf_tag_type tag, const std::string& name,
                 const std::string& value) {
  pbf_writer label(out, tag);
  label.add_string(1, name);
  label.add_string(2, value);
}

std::uint32_t code_of(CheckStatus status) {
  if (status == CheckStatus::up) return 1;
  return status == CheckStatus::down ? 2 : 0;
}

void write_outcome(pbf_writer& out, const domain::ProbeOutcome& outcome) {
  out.add_uint32(4, code_of(outcome.status));
  if (!outcome.reason.empty()) out.add_string(5, outcome.reason);
  out.add_uint64(6, static_cast<std::uint64_t>(outcome.duration.count()));
  const auto& phases = outcome.phases;
  protozero::pbf_tag_type tag = 7;
  for (const auto* part :
       {&phases.resolve, &phases.connect, &phases.tls, &phases.first_byte, &phases.transfer}) {
    if (*part) out.add_uint64(tag, static_cast<std::uint64_t>((*part)->count()));
    ++tag;
  }
  for (const auto& value : outcome.values) {
    pbf_writer entry(out, 12);
    entry.add_string(1, value.name);
    for (const auto& [name, text] : value.labels) write_label(entry, 2, name, text);
    entry.add_double(3, value.value);
  }
  for (const auto& [name, text] : outcome.details) write_label(out, 13, name, text);
}

void write_result(pbf_writer& out, const CheckResult& result) {
  out.add_bytes(1, result.check_id.value.raw().data(), 16);
  out.add_int64(2, to_ms(result.slot));
  out.add_int64(3, to_ms(result.started_at));
  write_outcome(out, result.outcome);
  out.add_string(14, result.name);
  out.add_string(15, result.type);
  out.add_string(16, result.target);
  if (result.instance_id) out.add_bytes(17, result.instance_id->value.raw().data(), 16);
  out.add_string(18, result.location);
  for (const auto& [name, text] : result.labels) write_label(out, 19, name, text);
  out.add_uint32(20, static_cast<std::uint32_t>(result.interval.count()));
  out.add_uint32(21, static_cast<std::uint32_t>(result.failures_before_down));
  out.add_uint32(22, static_cast<std::uint32_t>(result.successes_before_up));
  if (result.test_id) out.add_bytes(23, result.test_id->raw().data(), 16);
  out.add_uint32(24, static_cast<std::uint32_t>(result.locations));
  out.add_uint32(25, static_cast<std::uint32_t>(result.quorum));
  if (result.if_latest) out.add_int64(26, to_ms(*result.if_latest));
  if (result.outcome.warning) out.add_bool(28, true);
  if (!result.flap_detection) out.add_bool(29, true);
  if (result.unknowns_before_unknown != domain::kUnknownsBeforeUnknown) {
    out.add_uint32(27, static_cast<std::uint32_t>(result.unknowns_before_unknown));
  }
}

void write_missed(pbf_writer& out, const domain::MissedSlots& missed) {
  if (missed.check_id) out.add_bytes(1, missed.check_id->value.raw().data(), 16);
  out.add_string(2, missed.location);
  out.add_int64(3, to_ms(missed.from));
  out.add_int64(4, to_ms(missed.to));
  out.add_string(5, std::string(to_string(missed.reason)));
}

// Throws protozero::exception or Error, both caught by decode_check_results.
std::string text(pbf_reader& in) {
  const auto bytes = view(in.get_view());
  if (!is_valid_utf8(bytes) && !bytes.empty()) throw Error{Fault::invalid, "text is not UTF-8"};
  return std::string(bytes);
}

Uuid uuid(pbf_reader& in) {
  const auto id = Uuid::from_bytes(view(in.get_view()));
  if (!id) throw id.error();
  return *id;
}

std::pair<std::string, std::string> read_label(pbf_reader in) {
  std::pair<std::string, std::string> label;
  while (in.next()) {
    if (in.tag() == 1) {
      label.first = text(in);
    } else if (in.tag() == 2) {
      label.second = text(in);
    } else {
      in.skip();
    }
  }
  return label;
}

ProbeValue read_value(pbf_reader in) {
  ProbeValue value;
  while (in.next()) {
    switch (in.tag()) {
      case 1:
        value.name = text(in);
        break;
      case 2:
        value.labels.push_back(read_label(in.get_message()));
        break;
      case 3:
        value.value = in.get_double();
        break;
      default:
        in.skip();
    }
  }
  return value;
}

microseconds micros(pbf_reader& in) {
  return microseconds(static_cast<std::int64_t>(in.get_uint64() & INT64_MAX));
}

CheckStatus status_of(std::uint32_t code) {
  if (code == 1) return CheckStatus::up;
  return code == 2 ? CheckStatus::down : CheckStatus::unknown;
}

// False: the field is none of an outcome's.
bool read_outcome_field(pbf_reader& in, domain::ProbeOutcome& outcome) {
  switch (in.tag()) {
    case 4:
      outcome.status = status_of(in.get_uint32());
      return true;
    case 5:
      outcome.reason = text(in);
      return true;
    case 6:
      outcome.duration = micros(in);
      return true;
    case 7:
      outcome.phases.resolve = micros(in);
      return true;
    case 8:
      outcome.phases.connect = micros(in);
      return true;
    case 9:
      outcome.phases.tls = micros(in);
      return true;
    case 10:
      outcome.phases.first_byte = micros(in);
      return true;
    case 11:
      outcome.phases.transfer = micros(in);
      return true;
    case 12:
      outcome.values.push_back(read_value(in.get_message()));
      return true;
    case 13:
      outcome.details.insert(read_label(in.get_message()));
      return true;
    case 28:
      outcome.warning = in.get_bool();
      return true;
    default:
      return false;
  }
}

// What it is decided by. False: the field is none of these.
bool read_deciding_field(pbf_reader& in, CheckResult& result) {
  const auto count = [&] { return static_cast<int>(in.get_uint32()); };
  switch (in.tag()) {
    case 20:
      result.interval = std::chrono::seconds(in.get_uint32());
      return true;
    case 21:
      result.failures_before_down = count();
      return true;
    case 22:
      result.successes_before_up = count();
      return true;
    case 24:
      result.locations = count();
      return true;
    case 25:
      result.quorum = count();
      return true;
    case 26:
      result.if_latest = from_ms(in.get_int64());
      return true;
    case 27:
      result.unknowns_before_unknown = count();
      return true;
    case 29:
      result.flap_detection = !in.get_bool();
      return true;
    default:
      return false;
  }
}

void read_field(pbf_reader& in, CheckResult& result) {
  switch (in.tag()) {
    case 1:
      result.check_id = CheckId{uuid(in)};
      break;
    case 2:
      result.slot = from_ms(in.get_int64());
      break;
    case 3:
      result.started_at = from_ms(in.get_int64());
      break;
    case 14:
      result.name = text(in);
      break;
    case 15:
      result.type = text(in);
      break;
    case 16:
      result.target = text(in);
      break;
    case 17:
      result.instance_id = InstanceId{uuid(in)};
      break;
    case 18:
      result.location = text(in);
      break;
    case 19:
      result.labels.insert(read_label(in.get_message()));
      break;
    case 23:
      result.test_id = uuid(in);
      break;
    default:
      if (!read_deciding_field(in, result) && !read_outcome_field(in, result.outcome)) in.skip();
  }
}

CheckResult read_result(pbf_reader in) {
  CheckResult result;
  while (in.next()) read_field(in, result);
  if (result.check_id.value.is_nil()) throw Error{Fault::invalid, "check_id is missing"};
  return result;
}

domain::MissedSlots read_missed(pbf_reader in) {
  domain::MissedSlots missed;
  missed.reason = domain::MissReason::silent;
  while (in.next()) {
    switch (in.tag()) {
      case 1:
        missed.check_id = CheckId{uuid(in)};
        break;
      case 2:
        missed.location = text(in);
        break;
      case 3:
        missed.from = from_ms(in.get_int64());
        break;
      case 4:
        missed.to = from_ms(in.get_int64());
        break;
      case 5:
        missed.reason = domain::parse_miss_reason(text(in)).value_or(missed.reason);
        break;
      default:
        in.skip();
    }
  }
  return missed;
}

Batch read_report(std::string_view body) {
  auto report = decode_batch(body);
  if (!report) throw report.error();
  if (report->id.source != kSuite) throw Error{Fault::invalid, "a report is of another source"};
  return std::move(*report);
}

}  // namespace

std::string encode(const CheckResults& results) {
  std::string body;
  pbf_writer out(body);
  out.add_string(1, results.worker);
  for (const auto& result : results.results) {
    pbf_writer entry(out, 2);
    write_result(entry, result);
  }
  for (const auto& missed : results.missed) {
    pbf_writer entry(out, 3);
    write_missed(entry, missed);
  }
  for (const auto& report : results.reports) out.add_bytes(4, encode(report));
  return body;
}

Result<CheckResults> decode_check_results(std::string_view body) try {
  CheckResults results;
  pbf_reader in(body.data(), body.size());
  while (in.next()) {
    if (in.tag() == 1) {
      results.worker = text(in);
    } else if (in.tag() == 2 && results.results.size() < kResultLimit) {
      results.results.push_back(read_result(in.get_message()));
    } else if (in.tag() == 3 && results.missed.size() < kResultLimit) {
      results.missed.push_back(read_missed(in.get_message()));
    } else if (in.tag() == 4) {
      results.reports.push_back(read_report(view(in.get_view())));
    } else {
      in.skip();
    }
  }
  return results;
} catch (const Error& error) {
  return fail(error.in("check.results"));
} catch (const protozero::exception& error) {
  return fail(Fault::invalid, std::string("check.results: ") + error.what());
}

Message to_message(const CheckResults& results, std::string key) {
  Message message;
  message.exchange = kTelemetryExchange;
  message.routing_key = std::move(key);
  message.type = CheckResults::contract.type;
  message.version = CheckResults::contract.version;
  message.message_id = Uuid::make().str();
  message.content_type = "application/x-protobuf";
  message.body = encode(results);
  return message;
}

}  // namespace monitron::contracts
