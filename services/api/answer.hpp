#pragma once
// What a handler ends with: a value, or a refusal that becomes problem details.

#include "db/pool.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

namespace monitron::api {

using Json = nlohmann::ordered_json;

// A fault of the suite, or a problem that only HTTP knows (412, 429 …).
using Refusal = std::variant<Error, http::Problem>;

template <class T>
using Outcome = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(Fault fault, std::string text) {
  return tl::unexpected<Refusal>(Error{fault, std::move(text)});
}
inline tl::unexpected<Refusal> refuse(http::Problem problem) {
  return tl::unexpected<Refusal>(std::move(problem));
}
// 409 when it is only that something is "taken": the request is well by itself.
inline tl::unexpected<Refusal> refuse_fields(std::vector<http::FieldError> errors) {
  const bool conflict = !errors.empty() && std::all_of(errors.begin(), errors.end(), [](auto& one) {
    return one.code == "taken";
  });
  return refuse(http::Problem{.status = conflict ? 409 : 400,
                              .detail = "some members of the request are not acceptable",
                              .errors = std::move(errors)});
}

http::Response to_response(const http::Request& request, const Refusal& refusal);
inline http::Response to_response(const http::Request& request, Outcome<http::Response> outcome) {
  return outcome ? std::move(*outcome) : to_response(request, outcome.error());
}

http::Response json_answer(int status, const Json& body);

// The header Accept, which the gateway keeps from servers that would parse it.
std::string accept_of(const http::Request& request);

// Faults of the database as clients may know them: no SQL, no names of tables.
Error without_sql(const Error& error);

template <class T>
struct IsOutcome : std::false_type {};
template <class T>
struct IsOutcome<tl::expected<T, Refusal>> : std::true_type {};

// Ends a long reading transaction when the request's client has gone, or nobody wants it any more.
inline db::Stop when_gone(const http::Request& request) {
  if (request.gone == nullptr && request.work == nullptr) return {};
  return [gone = request.gone, work = request.work] {
    return (gone && gone->load()) || (work && work->unwanted);
  };
}

// Runs `body(tx)` in one transaction. A body that answers with a refusal must not have written
// before.
template <class Body>
auto in_transaction(db::Pool& database, Body&& body, const db::Stop& stop = {}) {
  auto done = database.transact(std::forward<Body>(body), stop);
  using Out = typename decltype(done)::value_type;
  if constexpr (std::is_void_v<Out>) {
    if (!done)
      return Outcome<void>(refuse(without_sql(done.error()).fault, without_sql(done.error()).text));
    return Outcome<void>();
  } else if constexpr (IsOutcome<Out>::value) {
    if (!done) return Out(tl::unexpected<Refusal>(without_sql(done.error())));
    return std::move(*done);
  } else {
    if (!done) return Outcome<Out>(tl::unexpected<Refusal>(without_sql(done.error())));
    return Outcome<Out>(std::move(*done));
  }
}

}  // namespace monitron::api
