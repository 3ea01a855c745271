#pragma once
// What scrape_node.py wrote, as batches of one source.

#include "contracts/telemetry.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace monitron::bench {

inline contracts::Series series_of(const std::string& line) {
  std::istringstream words(line);
  contracts::Series series;
  std::getline(words, series.name, '\t');
  for (std::string label; std::getline(words, label, '\t');) {
    const auto equals = label.find('=');
    series.labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
  }
  return series;
}

// A batch for each scrape.
inline std::vector<contracts::Batch> read_scrapes(const std::string& file, std::int64_t shift_ms) {
  std::ifstream in(file);
  std::vector<contracts::Series> known;
  contracts::PackedDictionary dictionary;
  const auto source = SourceId::make();
  std::vector<contracts::Batch> batches;
  bool grown = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("N ")) {
      known.push_back(series_of(line.substr(2)));
      grown = true;
      continue;
    }
    if (grown) dictionary = contracts::pack_dictionary(known);
    grown = false;
    std::istringstream words(line.substr(2));
    contracts::Block block{dictionary, static_cast<std::uint32_t>(known.size()), {}, {}};
    contracts::Frame frame;
    words >> frame.time_ms;
    frame.time_ms += shift_ms;
    for (std::string word; words >> word;) {
      frame.values.push_back(word == "-" ? contracts::kAbsent : std::strtod(word.c_str(), nullptr));
    }
    if (frame.values.size() != known.size()) break;  // the last line is cut off
    block.frames.push_back(std::move(frame));
    contracts::Batch batch;
    batch.id.source = source;
    batch.id.seq = batches.size();
    batch.blocks.push_back(std::move(block));
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace monitron::bench
