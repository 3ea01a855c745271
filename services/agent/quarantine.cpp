#include "agent/quarantine.hpp"

#include "agent/private_file.hpp"
#include "base/bytes.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

namespace monitron::agent {

namespace fs = std::filesystem;

Quarantine::Quarantine(std::string directory, std::size_t most_batches)
    : directory_(std::move(directory)), most_batches_(most_batches) {}

Result<void> Quarantine::keep(const SpooledBatch& batch, const std::string& reason) {
  ++kept_;
  if (auto made = make_private_directory(directory_); !made) return made;
  make_room();
  const std::string_view epoch(reinterpret_cast<const char*>(batch.epoch.data()),
                               batch.epoch.size());
  const auto name = directory_ + "/" + to_hex(epoch) + "-" + std::to_string(batch.seq);
  if (auto done = write_private_file(name + ".reason", reason + "\n"); !done) return done;
  return write_private_file(name + ".batch", batch.body);
}

void Quarantine::make_room() {
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, fs::path>> batches;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    if (entry.path().extension() != ".batch") continue;
    batches.emplace_back(entry.last_write_time(error), entry.path());
  }
  std::sort(batches.begin(), batches.end());
  while (batches.size() >= most_batches_) {
    fs::remove(batches.front().second, error);
    fs::remove(batches.front().second.replace_extension(".reason"), error);
    batches.erase(batches.begin());
  }
}

}  // namespace monitron::agent
