#include "api/once.hpp"

#include "api/kept_answer.hpp"
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
  std::string caller{};
  std::string request_hash{};
};

// Nobody finds out a request, which may have secrets in it, by trying, who does not know its key.
Keyed keyed(const http::Request& request, const std::string& key) {
  const auto caller = request.caller.kind + ":" + request.caller.id;
  Json all = {to_string(request.method), request.path, request.body};
  for (const auto& [name, value] : request.query) all.push_back({name, value});
  return {to_hex(sha256(caller + "\n" + key)), caller,
          to_hex(hmac_sha256(key, all.dump(-1, ' ', false, Json::error_handler_t::replace)))};
}

std::string context_of(const Keyed& keyed) { return "idempotency:" + keyed.id; }

Result<std::string> sealed(const auth::Vault& vault, const Keyed& keyed,
                           const http::Response& answer) {
  const auto one = kept(answer);
  const Json text = {one.status, one.content_type, one.headers, one.body};
  return vault.seal(text.dump(-1, ' ', false, Json::error_handler_t::replace), context_of(keyed));
}

Outcome<http::Response> again(const auth::Vault& vault, const store::AnsweredKey& answered,
                              const Keyed& keyed) {
  if (answered.request_hash != keyed.request_hash) {
    return refuse(http::Problem{.status = 422,
                                .detail = "this Idempotency-Key came before with another request"});
  }
  const auto text = vault.open(answered.answer, context_of(keyed));
  if (!text) {
    return refuse(Fault::conflict,
                  "this Idempotency-Key was used, and its answer cannot be read any more");
  }
  const auto one = Json::parse(*text);
  auto answer = given_again({one[0].get<int>(), one[1].get<std::string>(),
                             one[2].get<std::string>(), one[3].get<std::string>()});
  answer.headers.emplace_back("Idempotent-Replayed", "true");
  return answer;
}

// In one transaction with what the handler does.
Outcome<http::Response> answer_in(pqxx::work& tx, const auth::Vault& vault,
                                  const http::Request& request, const Keyed& keyed,
                                  const OutcomeHandler& handler) {
  if (!store::lock_idempotency_key(tx, keyed.id)) {
    return refuse(http::Problem{.status = 409,
                                .detail = "a request with this Idempotency-Key is under way",
                                .headers = {{"Retry-After", "1"}}});
  }
  // Kept by the caller and the key: nobody has another's, whatever he is limited to.
  const auto answered = db::as_owner(tx, [&] { return store::find_answered_key(tx, keyed.id); });
  if (answered) return again(vault, *answered, keyed);
  db::Joined joined(tx);
  auto answer = handler(request);
  joined.throw_collision();
  if (!answer || answer->status >= 300) return answer;
  const auto text = sealed(vault, keyed, *answer);
  if (!text) return tl::unexpected<Refusal>(text.error());
  db::as_owner(tx, [&] {
    store::insert_answered_key(tx, {keyed.id, keyed.caller, keyed.request_hash, *text});
    return true;
  });
  return answer;
}

Outcome<http::Response> serve(Context& context, const http::Request& request,
                              const OutcomeHandler& handler) {
  const auto key = request.header("idempotency-key");
  if (key.empty()) return handler(request);
  if (!is_key(key)) {
    return refuse_fields({{"Idempotency-Key", "invalid", "must be 1 to 255 printable characters"}});
  }
  const auto id = keyed(request, key);
  Outcome<http::Response> answer = refuse(Fault::bug, "nothing was done");
  bool refused = false;
  const auto done = context.database.transact([&](pqxx::work& tx) -> Result<void> {
    refused = false;
    answer = answer_in(tx, context.vault, request, id, handler);
    refused = !answer || answer->status >= 300;
    if (refused) return fail(Fault::conflict, "it was refused");
    return {};
  });
  if (!done && !refused) return tl::unexpected<Refusal>(without_sql(done.error()));
  return answer;
}

}  // namespace

OutcomeHandler once(Context& context, OutcomeHandler handler) {
  return [&context, handler = std::move(handler)](const http::Request& request) {
    return serve(context, request, handler);
  };
}

}  // namespace monitron::api
