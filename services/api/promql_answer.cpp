// JSON is written by hand: results hold millions of samples, and a tree of them would not fit.

#include "api/promql_answer.hpp"

#include "base/bytes.hpp"
#include "base/log.hpp"
#include "promql/format_value.hpp"
#include "promql/quote.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace monitron::api {

namespace {

std::string_view name_of(PromqlError::Type type) {
  switch (type) {
    case PromqlError::Type::bad_data:
      return "bad_data";
    case PromqlError::Type::execution:
      return "execution";
    case PromqlError::Type::timeout:
      return "timeout";
    case PromqlError::Type::canceled:
      return "canceled";
    case PromqlError::Type::unavailable:
      return "unavailable";
    case PromqlError::Type::internal:
      return "internal";
  }
  return "internal";
}

int status_of(PromqlError::Type type) {
  switch (type) {
    case PromqlError::Type::bad_data:
      return 400;
    case PromqlError::Type::execution:
      return 422;
    case PromqlError::Type::internal:
      return 500;
    default:
      return 503;
  }
}

// Seconds with up to three digits behind the point; at most kTimeBytes. Where it ends.
constexpr std::size_t kTimeBytes = 32;
char* write_time(char* to, std::int64_t time_ms) {
  if (time_ms < 0) *to++ = '-';
  const auto ms = static_cast<std::uint64_t>(time_ms < 0 ? -time_ms : time_ms);
  to = std::to_chars(to, to + kTimeBytes - 5, ms / 1000).ptr;
  if (const auto rest = ms % 1000; rest != 0) {
    *to++ = '.';
    for (const auto digit : {rest / 100, rest / 10 % 10, rest % 10}) {
      *to++ = static_cast<char>('0' + digit);
    }
  }
  return to;
}

void write_time(std::string& out, std::int64_t time_ms) {
  std::array<char, kTimeBytes> text{};
  out.append(text.data(), write_time(text.data(), time_ms));
}

// In one piece: results hold millions of them.
void write_sample(std::string& out, const promql::Sample& sample) {
  std::array<char, kTimeBytes + promql::kValueBytes + 8> text{};
  char* to = text.data();
  *to++ = '[';
  to = write_time(to, sample.time_ms);
  *to++ = ',';
  *to++ = '"';
  to = promql::write_value(to, sample.value);
  *to++ = '"';
  *to++ = ']';
  out.append(text.data(), to);
}

void write_value(std::string& out, const promql::Scalar& scalar) {
  out += R"({"resultType":"scalar","result":[)";
  write_time(out, scalar.sample.time_ms);
  ((out += ",\"") += promql::format_plain(scalar.sample.value)) += "\"]";
}

void write_value(std::string& out, const promql::String& string) {
  out += R"({"resultType":"string","result":[)";
  write_time(out, string.time_ms);
  write_string(out += ',', string.value);
  out += ']';
}

void write_value(std::string& out, const promql::Vector& vector) {
  out += R"({"resultType":"vector","result":[)";
  for (const auto& element : vector) {
    if (out.back() != '[') out += ',';
    write_labels(out += R"({"metric":)", element.labels);
    write_sample(out += ",\"value\":", element.sample);
    out += '}';
  }
  out += ']';
}

void write_value(std::string& out, const promql::Matrix& matrix) {
  out += R"({"resultType":"matrix","result":[)";
  for (const auto& series : matrix) {
    if (out.back() != '[') out += ',';
    write_labels(out += R"({"metric":)", series.labels);
    out += ",\"values\":[";
    for (const auto& sample : series.samples) {
      if (out.back() != '[') out += ',';
      write_sample(out, sample);
    }
    out += "]}";
  }
  out += ']';
}

std::string with_replacements(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto point = promql::first_code_point(text);
    promql::append_utf8(out, point.valid ? point.value : 0xfffd);
    text.remove_prefix(static_cast<std::size_t>(point.bytes));
  }
  return out;
}

constexpr std::string_view kSuccess = R"({"status":"success","data":)";

http::Response finished(std::string body, const std::vector<std::string>& warnings) {
  if (!warnings.empty()) {
    body += ",\"warnings\":[";
    for (const auto& warning : warnings) {
      if (body.back() != '[') body += ',';
      write_string(body, warning);
    }
    body += ']';
  }
  return http::json_response(200, std::move(body += '}'));
}

}  // namespace

PromqlError promql_error_of(const Error& error) {
  using Type = PromqlError::Type;
  switch (error.fault) {
    case Fault::invalid:
      return {Type::execution, error.text};
    case Fault::timeout: {
      const bool canceled = error.text.find("canceled") != std::string::npos;
      return {canceled ? Type::canceled : Type::timeout, error.text};
    }
    case Fault::unavailable:
    case Fault::busy:
      log::error("query.failed", error.text);
      return {Type::unavailable, "the database is away or busy; try again"};
    default:
      log::error("query.failed", error.text);
      return {Type::internal, "the query could not be served; the log knows why"};
  }
}

http::Response promql_answer(const PromqlError& error) {
  std::string body = R"({"status":"error","errorType":")";
  (body += name_of(error.type)) += "\",\"error\":";
  write_string(body, error.text);
  auto response = http::json_response(status_of(error.type), body += '}');
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response promql_answer(std::string_view data, const std::vector<std::string>& warnings) {
  std::string body;
  body.reserve(kSuccess.size() + data.size() + 2);
  return finished((body += kSuccess) += data, warnings);
}

http::Response promql_answer(const promql::Outcome& outcome, std::string_view stats) {
  std::string body;
  body.reserve(text_bytes(outcome.value));
  body += kSuccess;
  std::visit([&](const auto& kind) { write_value(body, kind); }, outcome.value);
  return finished((body += stats) += '}', outcome.warnings);
}

std::uint64_t text_bytes(const promql::Value& value) {
  constexpr std::uint64_t kOfSample = 32, kOfSeries = 200, kRest = 1000;
  std::uint64_t bytes = kRest;
  if (const auto* vector = std::get_if<promql::Vector>(&value)) {
    bytes += vector->size() * (kOfSeries + kOfSample);
  }
  if (const auto* matrix = std::get_if<promql::Matrix>(&value)) {
    for (const auto& series : *matrix) bytes += kOfSeries + series.samples.size() * kOfSample;
  }
  return bytes;
}

void write_string(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  // Labels hold UTF-8; a string of a query may hold any bytes.
  const std::string mended = is_valid_utf8(text) ? std::string() : with_replacements(text);
  out += '"';
  for (const char c : mended.empty() ? text : std::string_view(mended)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      ((out += "\\u00") += kDigits[byte >> 4]) += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void write_labels(std::string& out, const promql::Labels& labels) {
  out += '{';
  for (const auto& [name, value] : labels.pairs()) {
    if (out.back() != '{') out += ',';
    write_string(out, name);
    write_string(out += ':', value);
  }
  out += '}';
}

}  // namespace monitron::api
