#pragma once
// One run of an HTTP check, from its first request over redirects to the verdict: all but the
// carrying of bytes, so that it is the same whichever engine carries them.

#include "domain/check_result.hpp"
#include "probe/http_request.hpp"
#include "probe/http_response.hpp"

namespace monitron::probe {

class Expressions;

class HttpVisit {
 public:
  // Fault: invalid, for a target that is no URL.
  static Result<HttpVisit> begin(const std::string& target, const domain::HttpSettings& settings);

  const HttpRequest& request() const { return request_; }
  // For the origin that is asked now: the target's own name and certificate stay with it.
  domain::TlsOptions tls(const domain::HttpSettings& settings) const;

  // Who may use a connection to where request() goes, kept by the check `id`.
  std::string key_of_connection(const std::string& id, const domain::HttpSettings& settings) const;

  struct Step {
    bool again = false;  // request() says what to ask next
    domain::CheckStatus status = domain::CheckStatus::down;
    std::string reason;
  };
  Step take(const domain::HttpSettings& settings, const HttpResponse& response,
            Expressions& expressions);

  // Adds what there is to tell. `response`: the last that came, maybe not wholly; null: none.
  void report(const domain::HttpSettings& settings, const HttpResponse* response,
              domain::ProbeOutcome& outcome) const;

 private:
  HttpRequest request_;
  int redirects_ = 0;
  std::vector<domain::ProbeValue> series_;
  std::optional<bool> expressions_fit_;
  std::string notes_;
};

}  // namespace monitron::probe
