// The certificates that checks were shown, and the domains that are checked: what ends when.

#include "store/certificates.hpp"

#include "api/checks.hpp"
#include "api/resource.hpp"

namespace monitron::api {
namespace {

using store::SeenCertificate;
using store::SeenDomain;

// "a, b" as a list.
Json list_of(const std::string& text) {
  Json list = Json::array();
  for (std::size_t from = 0; from < text.size();) {
    const auto comma = std::min(text.find(", ", from), text.size());
    list.push_back(text.substr(from, comma - from));
    from = comma + 2;
  }
  return list;
}

std::string word(const Json& detail, const std::string& name) {
  return detail.value(name, std::string());
}

// As the certificate has them: a name may hold a comma.
Json names_of(const Json& detail) {
  const auto chain = Json::parse(word(detail, "certificate_chain"), nullptr, false);
  if (chain.is_array() && !chain.empty() && chain[0].is_object()) {
    if (const auto names = chain[0].find("names"); names != chain[0].end()) return *names;
  }
  return list_of(word(detail, "certificate_names"));
}

Json time_of(const Json& detail, const std::string& name) {
  const auto time = parse_rfc3339(word(detail, name));
  return time ? Json(to_rfc3339(*time)) : Json();
}

// Whole days; less than none when it is over.
Json days_until(Instant end, Instant now) {
  return std::chrono::floor<std::chrono::days>(end - now).count();
}

Json show(const SeenCertificate& one, Instant now) {
  const auto detail = Json::parse(one.detail, nullptr, false);
  return {{"id", one.id.str()},
          {"check_id", one.check_id.str()},
          {"check", one.check_name},
          {"target", one.target},
          {"location", one.location},
          {"first_seen", to_rfc3339(one.first_seen)},
          {"subject", word(detail, "certificate_subject")},
          {"common_name", word(detail, "certificate_common_name")},
          {"names", names_of(detail)},
          {"issuer", word(detail, "certificate_issuer")},
          {"serial", word(detail, "certificate_serial")},
          {"sha256", word(detail, "certificate_sha256")},
          {"key", word(detail, "certificate_key")},
          {"signature", word(detail, "certificate_signature")},
          {"not_before", time_of(detail, "certificate_not_before")},
          {"not_after", to_rfc3339(one.not_after)},
          {"days_left", days_until(one.not_after, now)},
          {"trusted", one.problems.empty()},
          {"problems", list_of(one.problems)},
          {"ocsp", word(detail, "certificate_ocsp")},
          {"tls_version", word(detail, "tls_version")},
          {"tls_cipher", word(detail, "tls_cipher")}};
}

Json with_chain(const SeenCertificate& one, Instant now) {
  auto json = show(one, now);
  const auto detail = Json::parse(one.detail, nullptr, false);
  auto chain = Json::parse(word(detail, "certificate_chain"), nullptr, false);
  json["chain"] = chain.is_array() ? std::move(chain) : Json::array();
  return json;
}

Json show(const SeenDomain& one, Instant now) {
  const auto detail = Json::parse(one.detail, nullptr, false);
  const auto expires = parse_rfc3339(word(detail, "expires"));
  return {{"id", one.id.str()},
          {"name", one.check_name},
          {"domain", one.target},
          {"status", one.status},
          {"asked_at", time_or_null(one.asked_at)},
          {"confirmed_at", time_or_null(one.confirmed_at)},
          {"expires", expires ? Json(to_rfc3339(*expires)) : Json()},
          {"days_left", expires ? days_until(*expires, now) : Json()},
          {"registrar", word(detail, "registrar")},
          {"registry_status", list_of(word(detail, "domain_status"))},
          {"source", word(detail, "source")}};
}

Outcome<store::CertificateQuery> read_query(const http::Request& request) {
  const auto page = page_query(request, store::certificate_listing(),
                               {"check_id", "sha256", "expires_before", "trusted", "label"});
  if (!page) return tl::unexpected(page.error());
  const auto checks = uuids_query(request, "check_id");
  if (!checks) return tl::unexpected(checks.error());
  const auto before = time_query(request, "expires_before");
  if (!before) return tl::unexpected(before.error());
  const auto trusted = flag_query(request, "trusted");
  if (!trusted) return tl::unexpected(trusted.error());
  const auto labels = label_query(request);
  if (!labels) return tl::unexpected(labels.error());
  return store::CertificateQuery{.page = *page,
                                 .checks = *checks,
                                 .sha256 = request.query_one("sha256").value_or(""),
                                 .ends_before = *before,
                                 .trusted = *trusted,
                                 .labels = *labels};
}

Outcome<http::Response> certificates(Context& context, const http::Request& request) {
  const auto query = read_query(request);
  if (!query) return tl::unexpected(query.error());
  const auto now = context.clock.now();
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return page_answer(request, store::list_certificates(tx, *query),
                       [&](const auto& one) { return show(one, now); });
  });
}

Outcome<http::Response> domains(Context& context, const http::Request& request) {
  const auto page = page_query(request, store::domain_listing(), {"expires_before", "label"});
  if (!page) return tl::unexpected(page.error());
  const auto before = time_query(request, "expires_before");
  if (!before) return tl::unexpected(before.error());
  const auto labels = label_query(request);
  if (!labels) return tl::unexpected(labels.error());
  const store::DomainQuery query{.page = *page, .ends_before = *before, .labels = *labels};
  const auto now = context.clock.now();
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return page_answer(request, store::list_domains(tx, query),
                       [&](const auto& one) { return show(one, now); });
  });
}

template <class Find, class Show>
Outcome<http::Response> one_of(Context& context, const http::Request& request, Find find,
                               Show show) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto found = find(tx, *id);
    if (!found) return refuse(Fault::not_found, "nothing has this id");
    return json_answer(200, show(*found, context.clock.now()));
  });
}

}  // namespace

void add_certificate_routes(http::Router& router, Context& context) {
  using http::Method;
  const auto put = [&](const char* path, auto handler) {
    mount(router, Method::get, path, "checks:read",
          [&context, handler](const auto& request) { return handler(context, request); });
  };
  put("/api/v1/certificates", certificates);
  put("/api/v1/certificates/:id", [](Context& own, const http::Request& request) {
    return one_of(own, request, store::find_certificate, with_chain);
  });
  put("/api/v1/domains", domains);
  put("/api/v1/domains/:id", [](Context& own, const http::Request& request) {
    return one_of(own, request, store::find_domain,
                  [](const SeenDomain& one, Instant now) { return show(one, now); });
  });
}

}  // namespace monitron::api
