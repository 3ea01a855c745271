#pragma once
// What series belong to, and the labels that they have from it, as series::SampleSource attaches
// them: a label of the series' own wins, but for server_id and check_id. Pure; one thread.

#include "base/ids.hpp"
#include "promql/labels.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace monitron::head {

// An instance or a check. What belongs to the nil id (imported series) or to the suite gets nothing
// attached.
struct Owner {
  Uuid id{};
  std::string id_label{};  // server_id, check_id; must be among the labels
  promql::Labels labels{};
  bool operator==(const Owner&) const = default;
};

class Owners {
 public:
  static constexpr std::uint32_t kNobody = 0;

  Owners() { owners_.emplace_back(); }

  struct Changes {
    std::vector<std::uint32_t> added;
    std::vector<std::uint32_t> altered;  // other labels than before
    std::vector<std::uint32_t> gone;     // find() knows them no more
  };
  Changes define(std::vector<Owner> owners);

  std::optional<std::uint32_t> find(const Uuid& id) const;
  std::size_t places() const { return owners_.size(); }
  const Owner& operator[](std::uint32_t place) const { return owners_[place]; }

  // All labels of a series of `owner` with labels `own`.
  promql::Labels attach(std::uint32_t owner, std::vector<promql::Labels::Pair> own) const;

  // The other way round: the owner that has most of the labels, and the rest. The same labels give
  // the same answer, wherever they come from.
  struct Divided {
    std::uint32_t owner = kNobody;
    promql::Labels own{};
  };
  Divided divide(const promql::Labels& labels) const;
  promql::Labels unite(std::uint32_t owner, std::vector<promql::Labels::Pair> own) const;

 private:
  std::vector<Owner> owners_;  // the first one is nobody
  std::vector<std::uint32_t> free_;
  std::unordered_map<Uuid, std::uint32_t> places_;
};

}  // namespace monitron::head
