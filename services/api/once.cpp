#include "api/once.hpp"

#include "base/bytes.hpp"
#include "db/joined.hpp"
#include "store/idempotency_keys.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kLongestKey = 255;

bool is_key(const std::string& key) {
  return key.size() <= kLongestKey &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

struct Keyed {
  std::string id{};
  std::string request_hash{};
};

// Nobody finds out a request, which may have secrets in it, by trying, who does not know its key.
Keyed keyed(const http::Request& request, const std::string& key) {
  const auto& caller = request.caller;
  Json all = {to_string(request.method), request.path, request.body};
  for (const auto& [name, value] : request.query) all.push_back({name, value});
  return {to_hex(sha256(caller.kind + ":" + caller.id + "\n" + key)),
          to_hex(hmac_sha256(key, all.dump(-1, ' ', false, Json::error_handler_t::replace)))};
}

Outcome<http::Response> again(const store::KeptAnswer& kept, const Keyed& keyed) {
  if (kept.request_hash != keyed.request_hash) {
    return refuse(http::Problem{.status = 422,
                                .detail = "this Idempotency-Key came before with another request"});
  }
  http::Response answer{
      .status = kept.status, .content_type = kept.content_type, .body = kept.body};
  const auto headers = Json::parse(kept.headers);
  for (const auto& [name, value] : headers.items()) {
    answer.headers.emplace_back(name, value.get<std::string>());
  }
  answer.headers.emplace_back("Idempotent-Replayed", "true");
  return answer;
}

void keep(pqxx::work& tx, const Keyed& keyed, const http::Response& answer) {
  Json headers = Json::object();
  for (const auto& [name, value] : answer.headers) headers[name] = value;
  store::keep_answer(tx, keyed.id,
                     {.request_hash = keyed.request_hash,
                      .status = answer.status,
                      .content_type = answer.content_type,
                      .headers = headers.dump(),
                      .body = answer.body});
}

// In one transaction with what the handler does.
Outcome<http::Response> answer_in(pqxx::work& tx, const http::Request& request, const Keyed& keyed,
                                  const OutcomeHandler& handler) {
  if (!store::lock_idempotency_key(tx, keyed.id)) {
    return refuse(http::Problem{.status = 409,
                                .detail = "a request with this Idempotency-Key is under way",
                                .headers = {{"Retry-After", "1"}}});
  }
  // Kept by the caller and the key: nobody has another's, whatever he is limited to.
  const auto kept = db::as_owner(tx, [&] { return store::find_kept_answer(tx, keyed.id); });
  if (kept) return again(*kept, keyed);
  db::Joined joined(tx);
  auto answer = handler(request);
  joined.throw_collision();
  if (answer && answer->status < 300) {
    db::as_owner(tx, [&] {
      keep(tx, keyed, *answer);
      return true;
    });
  }
  return answer;
}

Outcome<http::Response> serve(db::Pool& database, const http::Request& request,
                              const OutcomeHandler& handler) {
  const auto key = request.header("idempotency-key");
  if (key.empty()) return handler(request);
  if (!is_key(key)) {
    return refuse_fields({{"Idempotency-Key", "invalid", "must be 1 to 255 printable characters"}});
  }
  const auto id = keyed(request, key);
  Outcome<http::Response> answer = refuse(Fault::bug, "nothing was done");
  bool refused = false;
  const auto done = database.transact([&](pqxx::work& tx) -> Result<void> {
    refused = false;
    answer = answer_in(tx, request, id, handler);
    refused = !answer || answer->status >= 300;
    if (refused) return fail(Fault::conflict, "it was refused");
    return {};
  });
  if (!done && !refused) return tl::unexpected<Refusal>(without_sql(done.error()));
  return answer;
}

}  // namespace

OutcomeHandler once(db::Pool& database, OutcomeHandler handler) {
  return [&database, handler = std::move(handler)](const http::Request& request) {
    return serve(database, request, handler);
  };
}

}  // namespace monitron::api
