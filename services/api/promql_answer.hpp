#pragma once
// Answers in the form of Prometheus's HTTP API.
// https://prometheus.io/docs/prometheus/latest/querying/api/

#include "http/message.hpp"
#include "promql/query.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::api {

struct PromqlError {
  enum class Type { bad_data, execution, timeout, canceled, unavailable, internal };
  Type type = Type::bad_data;
  std::string text{};
};
// What goes wrong while a query runs.
PromqlError promql_error_of(const Error& error);
inline PromqlError bad_parameter(std::string_view name, std::string_view text) {
  return {PromqlError::Type::bad_data,
          "invalid parameter \"" + std::string(name) + "\": " + std::string(text)};
}

http::Response promql_answer(const PromqlError& error);
// `data` is JSON already.
http::Response promql_answer(std::string_view data, const std::vector<std::string>& warnings = {});
// `stats`: more members of the data, each with the comma before it.
http::Response promql_answer(const promql::Outcome& outcome, std::string_view stats);
// About what such an answer takes as text.
std::uint64_t text_bytes(const promql::Value& value);

void write_string(std::string& out, std::string_view text);
void write_labels(std::string& out, const promql::Labels& labels);

}  // namespace monitron::api
