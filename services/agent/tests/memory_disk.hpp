#pragma once
// A disk for the spool that forgets, when power fails, what was not synced: data and names apart.

#include "agent/spool_files.hpp"

#include <map>
#include <random>

namespace monitron::agent {

class MemoryDisk final : public SpoolFiles {
 public:
  // Power fails at the operation after so many more; -1: never.
  void fail_after(int operations) { operations_left_ = operations; }
  bool has_power() const { return operations_left_ != 0; }
  // As much as fits; -1: no limit.
  void limit_bytes(std::int64_t bytes) { limit_ = bytes; }
  void break_sync() { sync_broken_ = true; }

  // What a machine finds after the crash: for each thing that was not synced, chance decides.
  void crash(std::mt19937& chance) {
    std::map<std::string, std::shared_ptr<File>> found = synced_names_;
    for (const auto& [name, file] : names_) {
      if (!synced_names_.contains(name) && chance() % 2 == 0) found[name] = file;
    }
    for (const auto& [name, file] : synced_names_) {
      if (!names_.contains(name) && chance() % 2 == 0) found.erase(name);
    }
    for (const auto& [name, file] : found) file->now = file->synced = survivor(*file, chance);
    names_ = synced_names_ = found;
    operations_left_ = -1;
  }

  Result<std::vector<std::string>> list() override {
    if (!operate()) return off();
    std::vector<std::string> names;
    for (const auto& [name, file] : names_) names.push_back(name);
    return names;
  }
  Result<std::uint64_t> size(const std::string& name) override {
    if (!operate()) return off();
    return names_.contains(name) ? Result<std::uint64_t>(names_[name]->now.size()) : none(name);
  }
  Result<std::string> read(const std::string& name, std::uint64_t offset,
                           std::size_t length) override {
    if (!operate()) return off();
    if (!names_.contains(name)) return none(name);
    const auto& now = names_[name]->now;
    return offset >= now.size() ? std::string() : now.substr(offset, length);
  }
  Result<void> create(const std::string& name) override {
    if (!has_power()) return off();
    const bool powered = operate();  // the operation at which power fails is done, but not synced
    if (names_.contains(name)) return fail(Fault::unavailable, name + " exists");
    names_[name] = std::make_shared<File>();
    return answer(powered);
  }
  Result<void> append(const std::string& name, std::string_view bytes) override {
    if (!has_power()) return off();
    const bool powered = operate();  // the operation at which power fails is done, but not synced
    if (!names_.contains(name)) return none(name);
    const auto room =
        limit_ < 0 ? bytes.size() : std::size_t(std::max<std::int64_t>(0, limit_ - used()));
    names_[name]->now.append(bytes.substr(0, room));
    if (room < bytes.size()) return fail(Fault::unavailable, "the disk is full");
    return answer(powered);
  }
  Result<void> write_at(const std::string& name, std::uint64_t offset,
                        std::string_view bytes) override {
    if (!has_power()) return off();
    const bool powered = operate();  // the operation at which power fails is done, but not synced
    if (!names_.contains(name)) return none(name);
    auto& now = names_[name]->now;
    if (now.size() < offset + bytes.size()) now.resize(offset + bytes.size());
    now.replace(offset, bytes.size(), bytes);
    return answer(powered);
  }
  Result<void> sync(const std::string& name) override {
    if (!operate()) return off();
    if (sync_broken_) return fail(Fault::bug, "fsync: Input/output error");
    if (!names_.contains(name)) return none(name);
    names_[name]->synced = names_[name]->now;
    return {};
  }
  Result<void> remove(const std::string& name) override {
    if (!has_power()) return off();
    const bool powered = operate();  // the operation at which power fails is done, but not synced
    if (names_.erase(name) == 0) return none(name);
    return answer(powered);
  }
  Result<void> sync_directory() override {
    if (!operate()) return off();
    if (sync_broken_) return fail(Fault::bug, "fsync: Input/output error");
    synced_names_ = names_;
    return {};
  }

 private:
  struct File {
    std::string now;
    std::string synced;
  };

  // What was written reached the disk up to some byte; behind it there is the old, or zeros.
  static std::string survivor(const File& file, std::mt19937& chance) {
    if (file.now == file.synced) return file.now;
    const auto differs = [&](std::size_t at) {
      const bool both = at < file.now.size() && at < file.synced.size();
      return !both || file.now[at] != file.synced[at];
    };
    std::size_t first = 0;
    while (!differs(first)) ++first;
    std::size_t last = std::max(file.now.size(), file.synced.size());
    while (!differs(last - 1)) --last;
    last = std::min(last, file.now.size());
    const auto reached = chance() % 2 == 0 ? first : first + chance() % (last - first + 1);
    std::string left = file.now.substr(0, reached);
    if (reached < file.synced.size()) left += file.synced.substr(reached);
    if (chance() % 3 == 0) left.resize(std::max(left.size(), file.now.size()), '\0');
    return left;
  }
  std::int64_t used() const {
    std::int64_t sum = 0;
    for (const auto& [name, file] : names_) {
      if (name != "cursor") sum += static_cast<std::int64_t>(file->now.size());
    }
    return sum;
  }
  // False from the moment power is gone.
  bool operate() {
    if (operations_left_ > 0) --operations_left_;
    return operations_left_ != 0;
  }
  static tl::unexpected<Error> off() { return fail(Fault::unavailable, "no power"); }
  static tl::unexpected<Error> none(const std::string& name) {
    return fail(Fault::not_found, name);
  }
  static Result<void> answer(bool powered) {
    if (!powered) return off();
    return {};
  }

  std::map<std::string, std::shared_ptr<File>> names_;
  std::map<std::string, std::shared_ptr<File>> synced_names_;
  int operations_left_ = -1;
  std::int64_t limit_ = -1;
  bool sync_broken_ = false;
};

}  // namespace monitron::agent
