#include "agent/remote_configuration.hpp"

#include "agent/private_file.hpp"
#include "base/log.hpp"
#include "host/proc_file.hpp"

namespace monitron::agent {

RemoteConfiguration::RemoteConfiguration(Surroundings surroundings, Settings started,
                                         std::string path)
    : around_(std::move(surroundings)), started_(started), path_(std::move(path)) {}

void RemoteConfiguration::recall() {
  const auto text = host::read_text(path_);
  if (!text && text.error().fault == Fault::not_found) return;
  const auto taken = text.and_then([this](const std::string& kept) { return take(kept); });
  if (taken) return;
  log::warning("configuration.unreadable", "what the server said last can not be read; it is asked",
               {{"file", path_}, {"reason", taken.error().text}});
}

void RemoteConfiguration::told(const std::string& version, const Target& server) {
  if (version == version_) refused_.clear();
  if (is_asking_ || version == version_ || version == refused_) return;
  is_asking_ = true;
  http::ClientRequest request{.url = server.url + "/api/v1/agents/self/configuration"};
  request.headers = {{"Accept", "application/json"}, {"Authorization", "Bearer " + server.token}};
  use(server.tls, request);
  around_.client.send(std::move(request), [this, version](Result<http::Response> answer) {
    around_.on_worker([this, version, answer = std::move(answer)] { answered(version, answer); });
  });
}

void RemoteConfiguration::answered(const std::string& told, const Result<http::Response>& answer) {
  is_asking_ = false;
  const bool is_there = answer && answer->status == 200;
  if (!is_there && !is_failing_) {
    log::warning(
        "configuration.unavailable", "the server does not tell what is to be obeyed",
        {{"reason", answer ? "HTTP " + std::to_string(answer->status) : answer.error().text}});
  }
  is_failing_ = !is_there;
  if (!is_there) return;  // it is named again with the next batch
  const auto before = version_;
  if (const auto taken = take(answer->body); !taken) {
    refused_ = told;
    log::error("configuration.refused", "what the server says is not obeyed; what was stays",
               {{"version", told}, {"reason", taken.error().text}});
    return;
  }
  refused_.clear();
  if (version_ == before) return;
  log::info("configuration.changed", "the server's configuration holds", {{"version", version_}});
  if (const auto kept = write_private_file(path_, answer->body); !kept) {
    log::warning("configuration.not_kept", "after a restart it is asked for again",
                 {{"file", path_}, {"reason", kept.error().text}});
  }
}

Result<void> RemoteConfiguration::take(const std::string& text) {
  const auto pushed = parse_pushed(text);
  if (!pushed) return fail(pushed.error());
  if (pushed->version == version_) return {};
  version_ = pushed->version;
  around_.obey(obeying(*pushed, started_));
  return {};
}

}  // namespace monitron::agent
