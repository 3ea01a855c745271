#include "reference.hpp"

#include "http/client.hpp"
#include "remote_write.hpp"
#include "testkit/eventually.hpp"
#include "testkit/tool_server.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

namespace monitron::promql {

namespace {

std::string escaped(const std::string& text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      out += c;
    } else {
      (((out += '%') += kHex[byte >> 4]) += kHex[byte & 15]);
    }
  }
  return out;
}

std::string seconds(std::int64_t ms) {
  std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + "." + fraction;
}

}  // namespace

std::string prometheus_program() {
  for (const char* path : {"/usr/bin/prometheus", "/usr/local/bin/prometheus"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

Reference::Reference() {
  std::string pattern = std::filesystem::temp_directory_path() / "promql-reference-XXXXXX";
  directory_ = ::mkdtemp(pattern.data());
  std::ofstream(directory_ + "/prometheus.yml") << "global: {evaluation_interval: 1m}\n";
  const auto address = "127.0.0.1:" + std::to_string(testkit::free_ports(1));
  url_ = "http://" + address;
  program_ = std::make_unique<testkit::Program>(
      prometheus_program(),
      std::vector<std::string>{"--config.file=" + directory_ + "/prometheus.yml",
                               "--storage.tsdb.path=" + directory_ + "/data",
                               "--web.listen-address=" + address,
                               "--web.enable-remote-write-receiver"},
      directory_ + "/log");
}

Reference::~Reference() {
  program_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool Reference::ready() const {
  return testkit::eventually(std::chrono::seconds(30), [this] {
    const auto answer = http::fetch({.url = url_ + "/-/ready"});
    return answer && answer->status == 200;
  });
}

std::string Reference::fill(const std::vector<Series>& series) {
  // By slices of time: what comes later than the newest by an hour is refused.
  constexpr std::int64_t kSlice = 600'000;
  std::map<std::int64_t, std::vector<Series>> slices;
  for (const auto& one : series) {
    for (const auto& sample : one.samples) {
      auto& slice = slices[sample.time_ms / kSlice];
      if (slice.empty() || slice.back().labels != one.labels) slice.push_back({one.labels, {}});
      slice.back().samples.push_back(sample);
    }
  }
  for (const auto& [time, slice] : slices) {
    http::ClientRequest request{.method = http::Method::post, .url = url_ + "/api/v1/write"};
    request.headers = {{"Content-Type", "application/x-protobuf"},
                       {"Content-Encoding", "snappy"},
                       {"X-Prometheus-Remote-Write-Version", "0.1.0"}};
    request.body = write_request(slice);
    const auto answer = http::fetch(request);
    if (!answer) return answer.error().text;
    if (answer->status / 100 != 2) return answer->body;
  }
  return {};
}

std::string Reference::post(const std::string& path, const std::string& form) const {
  http::ClientRequest request{.method = http::Method::post, .url = url_ + path};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = form;
  request.max_response_bytes = 64u << 20;
  const auto answer = http::fetch(request);
  return answer ? answer->body : R"({"status":"no answer"})";
}

std::string Reference::query(const std::string& expr, std::int64_t time_ms) const {
  return post("/api/v1/query", "query=" + escaped(expr) + "&time=" + seconds(time_ms));
}

std::string Reference::query_range(const std::string& expr, std::int64_t start_ms,
                                   std::int64_t end_ms, std::int64_t step_ms) const {
  return post("/api/v1/query_range", "query=" + escaped(expr) + "&start=" + seconds(start_ms) +
                                         "&end=" + seconds(end_ms) + "&step=" + seconds(step_ms));
}

}  // namespace monitron::promql
