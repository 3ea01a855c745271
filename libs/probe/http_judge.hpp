#pragma once
// What an HTTP check makes of an answer, whichever way it came.

#include "domain/check_result.hpp"
#include "probe/http_response.hpp"

namespace monitron::probe {

class Expressions;

struct HttpVerdict {
  std::string reason;                      // why it is down; empty: it is up
  std::optional<bool> expressions_fit;     // absent when none was asked for
  std::vector<domain::ProbeValue> series;  // what was asked to be kept
  std::string notes;                       // what could not be kept, and why
};

HttpVerdict judge(const domain::HttpSettings& settings, const HttpResponse& response,
                  Expressions& expressions);

}  // namespace monitron::probe
