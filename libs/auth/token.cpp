#include "auth/token.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::auth {
namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kEncodedBytes = 43;  // base64url of 32 bytes, without padding

std::string_view tag_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::api:
      return "mtk_";
    case TokenKind::enrolment:
      return "met_";
    case TokenKind::refresh:
      return "mrt_";
    case TokenKind::ticket:
      return "mst_";
    case TokenKind::password_reset:
      return "mpr_";
    case TokenKind::email_verification:
      return "mev_";
    case TokenKind::invitation:
      return "min_";
    case TokenKind::login_challenge:
      return "mlc_";
  }
  return "";
}

}  // namespace

NewToken make_token(TokenKind kind) {
  NewToken token;
  token.text = std::string(tag_of(kind)) + to_base64url(random_string(kRandomBytes));
  token.hash = to_hex(sha256(token.text));
  token.prefix = token.text.substr(0, 12);
  return token;
}

bool looks_like(TokenKind kind, std::string_view text) {
  const auto tag = tag_of(kind);
  return text.size() == tag.size() + kEncodedBytes && text.starts_with(tag);
}

Result<std::string> token_hash(TokenKind kind, std::string_view text) {
  if (!looks_like(kind, text)) return fail(Fault::denied, "not a token of this kind");
  return to_hex(sha256(text));
}

std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (to_lower(authorization.substr(0, scheme.size())) != scheme) return {};
  return trim(authorization.substr(scheme.size()));
}

std::string basic_password_of(std::string_view authorization) {
  constexpr std::string_view scheme = "basic ";
  if (to_lower(authorization.substr(0, scheme.size())) != scheme) return {};
  std::string text(trim(authorization.substr(scheme.size())));
  text.erase(std::min(text.find('='), text.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  const auto pair = from_base64url(text);
  if (!pair || pair->find(':') == std::string::npos) return {};
  return pair->substr(pair->find(':') + 1);
}

}  // namespace monitron::auth
