// Where servers send us: a URL and the Location of its answer, each on a line.

#include "probe/http_url.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(http_url) {
  using namespace monitron;
  fuzz::Input input(bytes);
  const auto base = probe::parse_http_url(input.line());
  if (!base) return;
  const auto next = probe::follow(*base, input.rest());
  for (const auto* url : {&*base, next ? &*next : nullptr}) {
    if (url == nullptr) continue;
    fuzz::must(url->port > 0 && url->port < 65'536, "a port that is none");
    fuzz::must(!url->host.empty(), "a URL without a host");
    // Nothing of it may begin a line of its own in a request.
    const std::string request = url->path + url->host_header();
    fuzz::must(request.find_first_of("\r\n") == std::string::npos, "a line break in " + url->str());
    const auto again = probe::parse_http_url(url->str());
    fuzz::must(again && again->same_origin(*url) && again->path == url->path,
               "not what it says: " + url->str());
  }
}
