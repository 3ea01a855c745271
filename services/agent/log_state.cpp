#include "agent/log_state.hpp"

#include "agent/private_file.hpp"
#include "base/bytes.hpp"
#include "host/proc_file.hpp"

#include <nlohmann/json.hpp>

namespace monitron::agent {
namespace {

using nlohmann::json;

json to_json(const host::LogPlace& place) {
  return {{"device", place.device},
          {"inode", place.inode},
          {"offset", place.offset},
          {"crc", place.crc},
          {"within_line", place.within_line}};
}

host::LogPlace place_of(const json& object) {
  return {.device = object.at("device").get<std::uint64_t>(),
          .inode = object.at("inode").get<std::uint64_t>(),
          .offset = object.at("offset").get<std::uint64_t>(),
          .crc = object.at("crc").get<std::uint32_t>(),
          .within_line = object.at("within_line").get<bool>()};
}

json to_json(const LogStates& states) {
  json all = json::object();
  for (const auto& [name, state] : states) {
    json files = json::array();
    for (const auto& place : state.places.files) files.push_back(to_json(place));
    const auto& counts = state.counts;
    all[name] = {{"path", state.path},
                 {"looked", state.places.looked},
                 {"files", files},
                 {"lines", counts.lines},
                 {"bytes", counts.bytes},
                 {"skipped_bytes", counts.skipped_bytes},
                 {"lost_files", counts.lost_files},
                 {"matches", counts.matches}};
  }
  return all;
}

LogStates states_of(const json& object) {
  LogStates all;
  for (const auto& [name, one] : object.items()) {
    LogState state{.path = one.at("path").get<std::string>()};
    state.places.looked = one.at("looked").get<bool>();
    for (const auto& place : one.at("files")) state.places.files.push_back(place_of(place));
    state.counts = {.lines = one.at("lines").get<decltype(LogCounts::lines)>(),
                    .bytes = one.at("bytes").get<std::uint64_t>(),
                    .skipped_bytes = one.at("skipped_bytes").get<std::uint64_t>(),
                    .lost_files = one.at("lost_files").get<std::uint64_t>(),
                    .matches = one.at("matches").get<decltype(LogCounts::matches)>()};
    all.emplace(name, std::move(state));
  }
  return all;
}

SavedLogs saved_of(const json& object) {
  SavedLogs saved{.before = states_of(object.at("before")), .after = states_of(object.at("after"))};
  saved.batch.seq = object.at("seq").get<std::uint64_t>();
  const auto epoch = from_hex(object.at("epoch").get<std::string>()).value_or("");
  std::copy_n(epoch.begin(), std::min(epoch.size(), saved.batch.epoch.size()),
              saved.batch.epoch.begin());
  return saved;
}

}  // namespace

Result<SavedLogs> load_logs(const std::string& path) {
  const auto text = host::read_text(path);
  if (!text) return fail(text.error());
  try {
    return saved_of(json::parse(*text));
  } catch (const json::exception& error) {
    return fail(Fault::invalid, path + ": " + error.what());
  }
}

Result<void> save_logs(const std::string& path, const SavedLogs& saved) {
  const auto& epoch = saved.batch.epoch;
  const json object{{"epoch", to_hex({reinterpret_cast<const char*>(epoch.data()), epoch.size()})},
                    {"seq", saved.batch.seq},
                    {"before", to_json(saved.before)},
                    {"after", to_json(saved.after)}};
  return write_private_file(path,
                            object.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace monitron::agent
