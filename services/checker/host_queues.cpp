#include "checker/host_queues.hpp"

#include "probe/http_url.hpp"

namespace monitron::checker {

std::string host_of(const domain::CheckDefinition& check) {
  using Form = domain::TargetForm;
  switch (domain::info_of(check.kind()).target) {
    case Form::url: {
      const auto url = probe::parse_http_url(check.target);
      return url ? url->host : check.target;
    }
    case Form::host_port: {
      const auto named = domain::parse_host_port(check.target);
      return named ? named->host : check.target;
    }
    case Form::host:
    case Form::domain:
      return check.target;
    case Form::name:
    case Form::word:
      return {};
  }
  return {};
}

}  // namespace monitron::checker
