#include "agent/tests/store.hpp"

#include "contracts/compression.hpp"

namespace monitron::agent {
namespace {

std::optional<double> value_of_job(const contracts::Block& block, const std::string& job,
                                   const std::string& name) {
  const auto series = contracts::unpack_dictionary(block.dictionary).value();
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::map<std::string, std::string> labels(series[i].labels.begin(),
                                                    series[i].labels.end());
    const auto its_job = labels.find("job");
    if (series[i].name != name || its_job == labels.end() || its_job->second != job) continue;
    return block.frames.at(0).values.at(i);
  }
  return std::nullopt;
}

}  // namespace

DoorAnswer Store::operator()(const DoorRequest& request) {
  const std::lock_guard lock(mutex_);
  if (request.path == "/api/v1/agents/enrol") {
    enrolment = request.body;
    return {201, "{\"server_id\":\"" + kServerId + "\",\"token\":\"secret-token\"}", {}};
  }
  if (request.path != "/api/v1/telemetry") return {404, "", {}};
  if (request.head.find("Bearer secret-token") == std::string::npos) return {401, "", {}};
  if (request.head.find("Content-Encoding: zstd") == std::string::npos) return {415, "", {}};
  const auto body = contracts::zstd_unpack(request.body, 4u << 20);
  if (!body) return {400, body.error().text, {}};
  auto batch = contracts::decode_batch(*body);
  if (!batch) return {400, batch.error().text, {}};
  const auto answer = fault ? fault(*batch, requests_++) : std::nullopt;
  if (answer && answer->status != 202) return *answer;
  for (auto& block : batch->blocks) {
    auto& known = dictionaries_[block.dictionary.hash];
    if (!block.dictionary.packed.empty()) known = block.dictionary.packed;
    if (known.empty()) return {409, R"({"code":"dictionary_unknown"})", {}};
    block.dictionary.packed = known;
  }
  keep(std::move(*batch), request.head.size() + request.body.size());
  changed_.notify_all();
  return answer.value_or(DoorAnswer{});
}

void Store::keep(contracts::Batch batch, std::size_t sent_bytes) {
  auto plain = batch;
  for (auto& block : plain.blocks) block.dictionary.packed.clear();
  auto frames = contracts::encode(plain);
  const auto [entry, fresh] = by_id_.try_emplace(batch.id, frames);
  if (!fresh) {
    ++duplicates;
    if (entry->second != frames) ++changed_bytes;
    return;
  }
  kept_.push_back({std::move(batch), std::move(frames), sent_bytes});
}

std::vector<std::string> flags(const FakeDoor& door, const StateDir& state) {
  return {"--server",   door.url(),    "--enrolment-token",
          "join-me",    "--state-dir", state.path() + "/agent",
          "--interval", "0.1"};
}

std::multimap<std::string, std::map<std::string, std::string>> series_of(const Store::Kept& kept) {
  std::multimap<std::string, std::map<std::string, std::string>> all;
  for (const auto& block : kept.batch.blocks) {
    const auto dictionary = contracts::unpack_dictionary(block.dictionary).value();
    for (const auto& series : dictionary) {
      all.emplace(series.name,
                  std::map<std::string, std::string>(series.labels.begin(), series.labels.end()));
    }
  }
  return all;
}

std::optional<double> last_value(const std::vector<Store::Kept>& kept, const std::string& job,
                                 const std::string& name) {
  for (auto at = kept.rbegin(); at != kept.rend(); ++at) {
    for (const auto& block : at->batch.blocks) {
      if (const auto value = value_of_job(block, job, name)) return value;
    }
  }
  return std::nullopt;
}

}  // namespace monitron::agent
