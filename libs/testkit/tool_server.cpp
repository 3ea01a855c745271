#include "testkit/tool_server.hpp"

#include "testkit/eventually.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace monitron::testkit {
namespace {

const std::string kTools = MONITRON_SOURCE_DIR "/tools/servers/";

}  // namespace

int free_ports(int count) {
  FILE* pipe = popen((kTools + "free_ports " + std::to_string(count)).c_str(), "r");
  int first = 0;
  if (!pipe || std::fscanf(pipe, "%d", &first) != 1) first = 0;
  if (pipe) pclose(pipe);
  if (first == 0) throw std::runtime_error("no free ports");
  return first;
}

const std::string& missing_java_servers() {
  static const std::string missing = [] {
    FILE* pipe = popen((kTools + "jars 2>&1 >/dev/null").c_str(), "r");
    if (!pipe) return std::string("popen");
    std::string complaint;
    std::array<char, 256> buffer{};
    while (fgets(buffer.data(), buffer.size(), pipe)) complaint += buffer.data();
    if (pclose(pipe) == 0) return std::string();
    return "no servers written in Java: " + complaint;
  }();
  return missing;
}

ToolServer::ToolServer(const std::string& tool, int ports)
    : tool_(kTools + tool), first_port_(free_ports(ports)) {
  directory_ = (std::filesystem::temp_directory_path() / (tool + "-XXXXXX")).string();
  if (!mkdtemp(directory_.data())) throw std::runtime_error("mkdtemp");
}

ToolServer::~ToolServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void ToolServer::prepare(const std::vector<std::string>& arguments) {
  std::string command = "prepare " + directory_;
  for (const auto& argument : arguments) command += " " + argument;
  if (!succeeds(command)) throw std::runtime_error(tool_ + " " + command);
}

void ToolServer::start() {
  const auto log = directory_ + "/out.log";
  process_ = std::make_unique<Program>(tool_, std::vector<std::string>{"run", directory_}, log);
  const auto ready = [&] { return succeeds("ready " + directory_ + " >/dev/null 2>&1"); };
  if (!eventually(std::chrono::seconds(60), ready)) {
    throw std::runtime_error(tool_ + " did not start: " + read_file(log));
  }
}

void ToolServer::kill() { process_.reset(); }

void ToolServer::terminate() {
  (void)process_->terminate();
  process_.reset();
}

void ToolServer::stand_still() { ::kill(process_->pid(), SIGSTOP); }

void ToolServer::go_on() { ::kill(process_->pid(), SIGCONT); }

bool ToolServer::succeeds(const std::string& command) const {
  return std::system((tool_ + " " + command).c_str()) == 0;
}

}  // namespace monitron::testkit
