#include "cli/login.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

namespace monitron::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string login_path() {
  const auto config = environment("XDG_CONFIG_HOME");
  const auto base = config.empty() ? environment("HOME") + "/.config" : config;
  return base + "/monitron/login.json";
}

Result<Login> load_login() {
  Login login;
  std::ifstream file(login_path());
  if (file) {
    std::ostringstream text;
    text << file.rdbuf();
    const auto kept = nlohmann::json::parse(text.str(), nullptr, false);
    if (!kept.is_object()) return fail(Fault::invalid, login_path() + ": is not JSON");
    login = {member(kept, "url"), member(kept, "token"), member(kept, "refresh_token")};
  }
  // A token goes only to the server it belongs to.
  if (const auto url = environment("MONITRON_URL"); !url.empty() && url != login.url) {
    login = {url, "", ""};
  }
  if (const auto token = environment("MONITRON_TOKEN"); !token.empty()) {
    login.token = token;
    login.refresh_token.clear();
  }
  while (login.url.ends_with('/')) login.url.pop_back();
  return login;
}

Result<void> save_login(const Login& login) {
  const auto path = login_path();
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const nlohmann::json kept{
      {"url", login.url}, {"token", login.token}, {"refresh_token", login.refresh_token}};
  const auto text = kept.dump(2) + "\n";
  const auto fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail(Fault::unavailable, path + ": " + std::strerror(errno));
  }
  return {};
}

Result<void> forget_login() {
  if (::unlink(login_path().c_str()) != 0 && errno != ENOENT) {
    return fail(Fault::unavailable, login_path() + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace monitron::cli
