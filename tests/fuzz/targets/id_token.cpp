// An ID token as it may come, or a header and a payload that the provider really signed.

#include "auth/id_token.hpp"

#include "auth/tests/provider.hpp"
#include "fuzz.hpp"

namespace monitron::fuzz {
namespace {

void must_be_line(const std::string& text, std::size_t max_bytes, const std::string& what) {
  must(text.size() <= max_bytes, what + " without measure");
  must_be_text(text, what);
  must(text.find_first_of("\r\n") == std::string::npos, what + " of two lines");
}

// What another reader sees in a payload that was taken.
void must_be_for_us(std::string_view payload) {
  const auto claims = auth::Json::parse(payload);
  const auto expected = auth::expected_token();
  must(claims.at("iss") == expected.issuer, "of another issuer");
  must(claims.at("nonce") == expected.nonce, "of another login");
  must(claims.at("exp").get<std::int64_t>() > auth::kNow - 60, "it is over");
  const auto& audience = claims.at("aud");
  const auto& party = audience.is_array() && audience.size() > 1 ? claims.at("azp") : audience;
  must(party == expected.client_id || party == auth::Json::array({expected.client_id}),
       "for somebody else");
}

}  // namespace
}  // namespace monitron::fuzz

MONITRON_FUZZ(id_token) {
  using namespace monitron;
  fuzz::Input input(bytes);
  const bool is_signed = input.flag();
  std::string token(input.rest());
  std::string payload;
  if (is_signed) {
    const std::string header(input.line());
    payload = input.rest();
    token = auth::ec_signer().sign(header, payload);
  }
  const auto identity = auth::verify(token);
  if (!identity) {
    const auto& error = identity.error();
    fuzz::must(error.fault == Fault::denied || error.fault == Fault::not_found, error.text);
    fuzz::must_be_line(error.text, 400, "a reason");
    return;
  }
  fuzz::must(is_signed, "a forgery");
  fuzz::must_be_for_us(payload);
  fuzz::must(!identity->subject.empty(), "nobody");
  fuzz::must_be_line(identity->subject, 255, "a subject");
  fuzz::must_be_line(identity->email, 254, "an address");
  fuzz::must_be_line(identity->name, 1024, "a name");
  fuzz::must(identity->groups.size() <= 1000, "groups without measure");
  for (const auto& group : identity->groups) fuzz::must_be_line(group, 1024, "a group");
  const auto cut = token.substr(0, token.rfind('.') + 1);
  fuzz::must(!auth::verify(cut), "taken without its signature");
}
