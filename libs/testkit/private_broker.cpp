#include "testkit/private_broker.hpp"

#include "http/client.hpp"
#include "testkit/eventually.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unistd.h>

namespace monitron::testkit {
namespace {

const std::string kTools = MONITRON_SOURCE_DIR "/tools/servers/";

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error(command);
  std::array<char, 256> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe)) out += buffer.data();
  if (pclose(pipe) != 0) throw std::runtime_error(command + " failed");
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

bool succeeds(const std::string& command) { return std::system(command.c_str()) == 0; }

// A signal is sent at once, but each thread stops for itself, when its turn comes.
bool all_threads_stopped(pid_t pid) {
  std::error_code gone;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    std::ifstream file(task.path() / "stat");
    std::string stat;
    std::getline(file, stat);
    if (stat.find(") T ") == std::string::npos) return false;  // after the name
  }
  return !gone;
}

}  // namespace

struct PrivateBroker::State {
  std::string directory;
  std::string url;
  int tls_port = 0;

  std::string tool(const std::string& command) const {
    return kTools + "rabbitmq " + command + " " + directory;
  }
  std::string file(const std::string& name) const { return directory + "/" + name; }
  void offer_tls() const;
  pid_t pid() const {
    pid_t pid = 0;
    std::ifstream(directory + "/pid") >> pid;
    return pid;
  }
};

void PrivateBroker::State::offer_tls() const {
  const auto key = file("key.pem"), certificate = file("cert.pem");
  output_of(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=broker -addext subjectAltName=DNS:localhost -keyout " +
      key + " -out " + certificate + " 2>&1");
  // The server may run under another account.
  std::filesystem::permissions(key, std::filesystem::perms(0644));
  std::ofstream settings(file("etc/rabbitmq.conf"), std::ios::app);
  settings << "listeners.ssl.default = 127.0.0.1:" << tls_port << "\n"
           << "ssl_options.cacertfile = " << certificate << "\n"
           << "ssl_options.certfile = " << certificate << "\n"
           << "ssl_options.keyfile = " << key << "\n";
}

PrivateBroker::PrivateBroker() : state_(std::make_unique<State>()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "broker-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
  state_->directory = pattern;
  const auto base = output_of(kTools + "free_ports 16");
  output_of(state_->tool("prepare") + " " + base);
  state_->url = output_of(state_->tool("url"));
  state_->tls_port = std::stoi(base) + 4;  // between those that the tool takes
  state_->offer_tls();
  start();
}

PrivateBroker::~PrivateBroker() {
  kill();
  succeeds(state_->tool("stop") + " >/dev/null 2>&1");
  std::error_code ignored;
  std::filesystem::remove_all(state_->directory, ignored);
}

std::string PrivateBroker::url() const { return state_->url; }

std::string PrivateBroker::tls_url() const {
  const auto& plain = state_->url;
  const auto account = plain.substr(4, plain.find('@') - 3);
  return "amqps" + account + "localhost:" + std::to_string(state_->tls_port) + "/";
}

std::string PrivateBroker::ca_file() const { return state_->file("cert.pem"); }

void PrivateBroker::kill() {
  const auto pid = state_->pid();
  if (pid <= 0) return;
  ::kill(pid, SIGKILL);
  eventually(std::chrono::seconds(10), [&] { return ::kill(pid, 0) != 0; });
}

void PrivateBroker::start() {
  succeeds("setsid " + state_->tool("run") + " >" + state_->directory + "/out.log 2>&1 &");
  const auto ready = state_->tool("ready") + " >/dev/null 2>&1";
  if (!eventually(std::chrono::seconds(120), [&] { return succeeds(ready); })) {
    throw std::runtime_error("RabbitMQ did not start: see " + state_->directory + "/out.log");
  }
}

void PrivateBroker::stand_still() {
  const auto pid = state_->pid();
  ::kill(pid, SIGSTOP);
  if (!eventually(std::chrono::seconds(10), [&] { return all_threads_stopped(pid); })) {
    throw std::runtime_error("RabbitMQ does not stand still");
  }
}

void PrivateBroker::go_on() { ::kill(state_->pid(), SIGCONT); }

void PrivateBroker::drop_connections() {
  output_of(state_->tool("ctl") + " close_all_connections dropped");
}

void PrivateBroker::empty_queues() {
  const auto ask = [api = output_of(state_->tool("management")) + "/api/queues"](
                       http::Method method, const std::string& path) {
    http::ClientRequest request;
    request.method = method;
    request.url = api + path;
    request.max_response_bytes = 16u << 20;
    const auto answer = http::fetch(request);
    if (!answer) throw std::runtime_error(answer.error().text);
    return answer->body;
  };
  for (const auto& queue : nlohmann::json::parse(ask(http::Method::get, "?columns=name"))) {
    ask(http::Method::delete_, "/%2F/" + queue["name"].get<std::string>() + "/contents");
  }
}

void PrivateBroker::limit_memory(const std::string& amount) {
  output_of(state_->tool("ctl") + " set_vm_memory_high_watermark absolute " + amount);
}

}  // namespace monitron::testkit
