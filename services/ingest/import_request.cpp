#include "ingest/import_request.hpp"

#include "base/text.hpp"

namespace monitron::ingest {
namespace {

using Errors = std::vector<http::FieldError>;

void read_label(const std::string& text, ImportRequest& wanted, Errors& errors) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) {
    errors.push_back({"extra_label", "invalid", "is not name=value"});
    return;
  }
  auto name = text.substr(0, equals);
  auto value = text.substr(equals + 1);
  if (auto problem = problem_with_label(name, value); !problem.empty()) {
    errors.push_back({"extra_label", "invalid", std::move(problem)});
    return;
  }
  wanted.form.extra_labels.emplace_back(std::move(name), std::move(value));
}

void read_parameter(const std::string& name, const std::string& value, ImportRequest& wanted,
                    Errors& errors) {
  if (name == "server_id") {
    const auto id = Uuid::parse(value);
    if (!id) errors.push_back({name, "invalid", "is not a UUID"});
    wanted.server = id.value_or(Uuid{});
  } else if (name == "timestamp") {
    const auto ms = parse_number<std::int64_t>(value);
    if (!ms) errors.push_back({name, "invalid", "is not a number of milliseconds since 1970"});
    wanted.form.default_time_ms = ms.value_or(0);
  } else if (name == "extra_label") {
    read_label(value, wanted, errors);
  } else {
    errors.push_back({name, "unknown", "is not a parameter of this request"});
    return;
  }
  wanted.parameters.append(name).append(1, '=').append(value).append(1, '\0');
}

}  // namespace

Taken<ImportRequest> read_import_request(const http::Request& request, Instant now) {
  ImportRequest wanted;
  wanted.form.default_time_ms = to_ms(now);
  wanted.form.openmetrics =
      to_lower(request.header("content-type")).starts_with("application/openmetrics-text");
  Errors errors;
  for (const auto& [name, value] : request.query) read_parameter(name, value, wanted, errors);
  for (const auto* once : {"server_id", "timestamp"}) {
    if (request.query.count(once) > 1) {
      errors.push_back({once, "duplicate", "is given more than once"});
    }
  }
  if (errors.empty()) return wanted;
  return refuse(400, "invalid", "nothing was stored: a parameter is not acceptable",
                std::move(errors));
}

}  // namespace monitron::ingest
