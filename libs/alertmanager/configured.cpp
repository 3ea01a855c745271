#include "alertmanager/configured.hpp"

namespace monitron::alertmanager {

Result<Configured> configured(const service::Settings& settings,
                              std::chrono::milliseconds timeout) {
  auto read = parse_peers(settings.list("ALERTMANAGER_URL"));
  if (!read) return fail(read.error().in("ALERTMANAGER_URL"));
  const Credentials credentials{
      .user = settings.text("MONITRON_ALERTMANAGER_USERNAME"),
      .password = settings.text("MONITRON_ALERTMANAGER_PASSWORD"),
      .bearer_token = settings.text("MONITRON_ALERTMANAGER_BEARER_TOKEN"),
      .ca_file = settings.text("MONITRON_ALERTMANAGER_CA_FILE"),
      .certificate_file = settings.text("MONITRON_ALERTMANAGER_CERTIFICATE_FILE"),
      .key_file = settings.text("MONITRON_ALERTMANAGER_KEY_FILE")};
  if (credentials.certificate_file.empty() != credentials.key_file.empty()) {
    return fail(Fault::invalid,
                "MONITRON_ALERTMANAGER_CERTIFICATE_FILE and MONITRON_ALERTMANAGER_KEY_FILE belong "
                "together: one of them is empty");
  }
  Configured made{.old_path = read->old_path};
  for (auto& peer : read->peers) made.peers.emplace_back(std::move(peer), credentials, timeout);
  return made;
}

}  // namespace monitron::alertmanager
