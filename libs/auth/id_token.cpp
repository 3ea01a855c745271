#include "auth/id_token.hpp"

#include "auth/json_members.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::auth {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxAudiences = 16;

tl::unexpected<Error> refused(std::string text) { return fail(Fault::denied, std::move(text)); }

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view is_signed;  // header and payload, with the dot between
};

Result<Parts> split(std::string_view token) {
  if (token.size() > kMaxIdTokenBytes) return refused("form: is longer than 32768 bytes");
  const auto dots = std::count(token.begin(), token.end(), '.');
  if (dots == 4) return refused("form: is encrypted");
  if (dots != 2) return refused("form: is not header.payload.signature");
  const auto first = token.find('.');
  const auto second = token.rfind('.');
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

Result<Json> read_object(std::string_view encoded, const char* place) {
  const auto text = from_base64url(encoded);
  if (!text) return refused(std::string(place) + ": is not base64url");
  auto object = parse_json_object(*text, kMaxIdTokenBytes);
  if (!object) return refused(object.error().in(place).text);
  return object;
}

struct Header {
  SigningAlgorithm algorithm = SigningAlgorithm::rs256;
  std::optional<std::string> kid;
};

Result<Header> read_header(std::string_view encoded) {
  const auto object = read_object(encoded, "header");
  if (!object) return fail(object.error());
  JsonMembers members(*object);
  Header header;
  const auto algorithm = signing_algorithm(members.text("alg", Need::required));
  if (!algorithm) members.refuse("alg", "must be RS256 or ES256");
  header.algorithm = algorithm.value_or(header.algorithm);
  const auto kid = members.text("kid", Need::optional, 256);
  if (members.has("kid")) header.kid = kid;
  // Another kind of JWT of the same provider is no ID token (RFC 8725 §3.11).
  const auto type = members.text("typ", Need::optional);
  if (!type.empty() && to_lower(type) != "jwt") members.refuse("typ", "must be JWT");
  // Extensions that must be understood (RFC 7515 §4.1.11): we know none.
  if (object->contains("crit")) members.refuse("crit", "is not known");
  if (!members.good()) return refused(members.complaint());
  return header;
}

void check_audience(JsonMembers& members, const std::string& client_id) {
  const auto audiences = members.texts("aud", Need::required, kMaxAudiences);
  if (std::find(audiences.begin(), audiences.end(), client_id) == audiences.end()) {
    members.refuse("aud", "does not have our client id");
  }
  const auto party = members.text("azp", audiences.size() > 1 ? Need::required : Need::optional);
  if (members.has("azp") && party != client_id) members.refuse("azp", "is not our client id");
}

void check_times(JsonMembers& members, Instant now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto leeway = kIdTokenLeeway.count();
  const auto ends = members.seconds("exp", Need::required);
  const auto issued = members.seconds("iat", Need::required);
  const auto starts = members.seconds("nbf", Need::optional);
  if (ends && seconds >= *ends + leeway) members.refuse("exp", "is over");
  if (issued && *issued > seconds + leeway) members.refuse("iat", "is in the future");
  if (starts && *starts > seconds + leeway) members.refuse("nbf", "is in the future");
}

// A boolean; some providers write it as a text.
bool read_flag(JsonMembers& members, const char* name) {
  const auto* found = members.find(name);
  if (found == nullptr) return false;
  const bool yes = *found == true || *found == "true";
  if (!yes && *found != false && *found != "false") members.refuse(name, "must be a boolean");
  return yes;
}

std::vector<std::string> read_groups(JsonMembers& members, const std::string& claim) {
  // A list that is too long is left out and referred to (OpenID Connect Core §5.6.2). Without this
  // somebody would lose their rights and nobody would know why.
  const auto* elsewhere = members.find("_claim_names");
  if (!members.has(claim.c_str()) && elsewhere != nullptr && elsewhere->is_object() &&
      elsewhere->contains(claim)) {
    members.refuse(claim, "are too many for the provider to name them");
  }
  return members.texts(claim.c_str(), Need::optional);
}

Result<Identity> read_claims(const Json& payload, const ExpectedToken& expected, Instant now) {
  JsonMembers members(payload);
  if (members.text("iss", Need::required, 2048) != expected.issuer) {
    members.refuse("iss", "is not the provider");
  }
  check_audience(members, expected.client_id);
  check_times(members, now);
  if (!equal_in_constant_time(members.text("nonce", Need::required), expected.nonce)) {
    members.refuse("nonce", "is not that of this login");
  }
  Identity identity;
  identity.subject = members.text("sub", Need::required, 255);
  identity.email = members.text("email", Need::optional, 254);
  identity.email_verified = read_flag(members, "email_verified") && !identity.email.empty();
  identity.name = members.text("name", Need::optional);
  identity.groups = read_groups(members, expected.groups_claim);
  if (!members.good()) return refused(members.complaint());
  return identity;
}

}  // namespace

Result<Identity> verify_id_token(std::string_view token, const SigningKeys& keys,
                                 const ExpectedToken& expected, Instant now) {
  const auto parts = split(token);
  if (!parts) return fail(parts.error());
  const auto header = read_header(parts->header);
  if (!header) return fail(header.error());
  const auto signature = from_base64url(parts->signature);
  if (!signature) return refused("signature: is not base64url");
  const auto good = keys.verify(header->algorithm, header->kid, parts->is_signed, *signature);
  if (!good) return fail(good.error());
  const auto payload = read_object(parts->payload, "payload");
  if (!payload) return fail(payload.error());
  return read_claims(*payload, expected, now);
}

}  // namespace monitron::auth
