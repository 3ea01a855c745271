#include "probe/target.hpp"

#include "probe/http_url.hpp"

namespace monitron::probe {

Target target_of(const domain::KindInfo& kind, const std::string& target) {
  using Form = domain::TargetForm;
  switch (kind.target) {
    case Form::url: {
      const auto url = parse_http_url(target);
      return url ? Target{url->host, url->port} : Target{target};
    }
    case Form::host_port: {
      const auto named = domain::parse_host_port(target);
      return named ? Target{named->host, named->port} : Target{target, kind.port};
    }
    case Form::host:
    case Form::domain:
      return {target};
    case Form::name:
    case Form::word:
      return {};
  }
  return {};
}

}  // namespace monitron::probe
