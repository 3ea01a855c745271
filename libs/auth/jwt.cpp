#include "auth/jwt.hpp"

#include "auth/json_members.hpp"
#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <algorithm>
#include <jwt/jwt.hpp>

namespace monitron::auth {
namespace {

constexpr std::string_view kIssuer = "monitron";
constexpr std::size_t kMaxBytes = 4096;

std::string_view audience_of(Use use) {
  return use == Use::access ? "monitron-api" : "monitron-stream";
}

std::int64_t now_seconds() { return to_ms(system_clock().now()) / 1000; }

tl::unexpected<Error> refused() { return fail(Fault::denied, "the token is not valid"); }

// base64url in three parts that are not empty.
bool has_form(std::string_view token) {
  if (token.empty() || token.size() > kMaxBytes) return false;
  const bool clean = std::all_of(token.begin(), token.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  return clean && std::count(token.begin(), token.end(), '.') == 2 && token.front() != '.' &&
         token.back() != '.' && token.find("..") == std::string_view::npos;
}

using Json = nlohmann::json;

std::string text_of(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_string()) return "";
  return found->get<std::string>();
}

// A time claim: an integer of a sensible size, or nothing.
std::optional<std::int64_t> seconds_of(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > 1'000'000'000'000ULL) {
    return std::nullopt;
  }
  const auto value = found->get<std::int64_t>();
  if (value <= 0) return std::nullopt;
  return value;
}

bool times_hold(const Json& claims) {
  const auto issued = seconds_of(claims, "iat");
  const auto starts = seconds_of(claims, "nbf");
  const auto ends = seconds_of(claims, "exp");
  if (!issued || !starts || !ends) return false;
  const auto now = now_seconds();
  const auto leeway = kLeeway.count();
  return *starts <= now + leeway && *issued <= now + leeway && now < *ends + leeway &&
         *ends - *issued <= kAccessLifetime.count();
}

Result<Claims> read_claims(Use use, const Json& json) {
  if (!json.is_object() || text_of(json, "iss") != kIssuer ||
      text_of(json, "aud") != audience_of(use) || !times_hold(json)) {
    return refused();
  }
  Claims claims;
  claims.id = text_of(json, "jti");
  claims.subject = text_of(json, "sub");
  claims.session = text_of(json, "sid");
  claims.role = text_of(json, "role");
  const auto version = json.find("ver");
  if (version == json.end() || !version->is_number_integer()) return refused();
  if (!Uuid::parse(claims.subject) || claims.id.empty() || claims.role.empty()) return refused();
  claims.version = static_cast<int>(version->get<std::int64_t>());
  claims.expires = from_ms(*seconds_of(json, "exp") * 1000);
  return claims;
}

std::string sign_payload(const std::string& secret, const Json& payload) {
  using namespace jwt::params;
  jwt::jwt_object token{algorithm("HS256"), jwt::params::secret(secret)};
  for (const auto& [name, value] : payload.items()) {
    if (value.is_string()) {
      token.add_claim(name, value.get<std::string>());
    } else {
      token.add_claim(name, value.get<std::int64_t>());
    }
  }
  return token.signature();
}

}  // namespace

Jwt::Jwt(std::string secret) : secret_(std::move(secret)) {
  const auto sample = sign_payload(secret_, {{"sub", "x"}});
  header_ = sample.substr(0, sample.find('.'));
}

std::string Jwt::sign(Use use, const Claims& claims, std::chrono::seconds lifetime) const {
  const auto now = now_seconds();
  const auto ends = now + std::min(lifetime, kAccessLifetime).count();
  const Json payload = {{"iss", kIssuer},
                        {"aud", audience_of(use)},
                        {"sub", claims.subject},
                        {"sid", claims.session},
                        {"role", claims.role},
                        {"ver", claims.version},
                        {"iat", now},
                        {"nbf", now},
                        {"exp", ends},
                        {"jti", claims.id.empty() ? Uuid::make().str() : claims.id}};
  return sign_payload(secret_, payload);
}

Result<Claims> Jwt::verify(Use use, std::string_view token) const {
  if (!has_form(token) || token.substr(0, token.find('.')) != header_) return refused();
  // cpp-jwt stops comparing at the first difference, and reads the claims before it compares.
  const auto end = token.rfind('.');
  const auto signature = to_base64url(hmac_sha256(secret_, token.substr(0, end)));
  if (!equal_in_constant_time(token.substr(end + 1), signature)) return refused();
  const auto start = token.find('.') + 1;
  const auto text = from_base64url(token.substr(start, end - start));
  if (!text || !parse_json_object(*text, kMaxBytes)) return refused();
  try {
    std::error_code problem;
    using namespace jwt::params;
    // Its own look at exp comes before ours and is only looser.
    const auto decoded =
        jwt::decode(jwt::string_view(token.data(), token.size()), algorithms({"HS256"}), problem,
                    jwt::params::secret(secret_), jwt::params::verify(true),
                    leeway(static_cast<std::uint32_t>(kLeeway.count())));
    if (problem) return refused();
    return read_claims(use, decoded.payload().create_json_obj());
  } catch (const std::exception&) {
    return refused();
  }
}

}  // namespace monitron::auth
