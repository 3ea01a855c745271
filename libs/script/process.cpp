#include "script/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace monitron::script {

namespace {

constexpr rlim_t kFiles = 1024;
constexpr rlim_t kFileBytes = rlim_t{64} << 20;
constexpr rlim_t kMemoryBytes = rlim_t{1} << 30;
constexpr rlim_t kProcesses = 1024;  // of the account, so only where it is not ours

std::string words_of(int error) { return std::strerror(error); }

tl::unexpected<Error> refuse(const std::string& name, const std::string& why) {
  return fail(Fault::denied, "script " + name + " cannot be run: " + why);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(Fault::unavailable, "pipe: " + words_of(errno));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// In memory alone; /dev/null when there is nothing to read.
Descriptor open_input(const std::string& text) {
  if (text.empty()) return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Descriptor input(memfd_create("input", MFD_CLOEXEC));
  const auto size = static_cast<ssize_t>(text.size());
  if (input && write(input.get(), text.data(), text.size()) == size) {
    lseek(input.get(), 0, SEEK_SET);
    return input;
  }
  return Descriptor(-1);
}

void set_limit(int what, rlim_t most) {
  const rlimit limit{most, most};
  setrlimit(static_cast<__rlimit_resource_t>(what), &limit);
}

void set_limits(std::chrono::milliseconds timeout, bool own_account) {
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NOFILE, kFiles);
  set_limit(RLIMIT_FSIZE, kFileBytes);
  set_limit(RLIMIT_DATA, kMemoryBytes);
  // Of one process; all together end with the timeout.
  set_limit(RLIMIT_CPU, static_cast<rlim_t>(timeout.count() / 1000 + 2));
  if (own_account) set_limit(RLIMIT_NPROC, kProcesses);
}

bool become(const Account& account) {
  return setgroups(account.groups.size(), account.groups.data()) == 0 &&
         setresgid(account.group, account.group, account.group) == 0 &&
         setresuid(account.user, account.user, account.user) == 0;
}

// What the new process needs; made before the fork.
struct Plan {
  std::string path;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::chrono::milliseconds timeout;
  const Account* account = nullptr;
  pid_t spawner = 0;
  int input = -1;
  int output = -1;
  int complaint = -1;
};

void forget_signals() {
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool connect_streams(const Plan& plan) {
  if (dup2(plan.input, 0) < 0) return false;
  if (dup2(plan.output, 1) < 0 || dup2(plan.complaint, 2) < 0) return false;
  // Whatever else is open closes with exec; the pipe that tells of a failure, too.
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  return true;
}

// In the new process. Returns only when something failed, with errno.
void become_script(const Plan& plan) {
  setsid();
  forget_signals();
  if (!connect_streams(plan) || chdir("/") != 0) return;
  umask(077);
  set_limits(plan.timeout, plan.account != nullptr);
  if (plan.account != nullptr && !become(*plan.account)) return;
  // A right of the checker's (raw sockets) would let it listen to everybody.
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
  // After the change of user, which forgets it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.spawner) _exit(127);
  execve(plan.path.c_str(), plan.argv.data(), plan.envp.data());
}

// 0, or why there is no script running in the child.
int failure_of(const Descriptor& pipe) {
  int error = 0;
  ssize_t got = 0;
  do {
    got = read(pipe.get(), &error, sizeof(error));
  } while (got < 0 && errno == EINTR);
  return got == sizeof(error) ? error : 0;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() { reset(); }

int Descriptor::release() { return std::exchange(fd_, -1); }

void Descriptor::reset() {
  if (fd_ >= 0) close(release());
}

Result<Account> account_of(const std::string& user) {
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) return fail(Fault::not_found, "there is no user " + user);
  if (geteuid() != 0) return fail(Fault::denied, "only root can run scripts as another user");
  Account account{entry->pw_uid, entry->pw_gid, {}};
  int count = 64;
  account.groups.resize(static_cast<std::size_t>(count));
  if (getgrouplist(user.c_str(), entry->pw_gid, account.groups.data(), &count) < 0) {
    return fail(Fault::invalid, "user " + user + " is in too many groups");
  }
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

Result<std::string> find_script(const std::string& folder, const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    return fail(Fault::invalid, "script " + name + ": is not a file name");
  }
  const Descriptor place(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return refuse(name, "folder " + folder + ": " + words_of(errno));
  const Descriptor file(openat(place.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!file && errno == ENOENT) {
    return fail(Fault::not_found, "script " + name + " is not in this checker's folder");
  }
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return refuse(name, words_of(errno));
  if (S_ISLNK(status.st_mode)) return refuse(name, "it is a link");
  if (!S_ISREG(status.st_mode)) return refuse(name, "it is not a regular file");
  if ((status.st_mode & 0111) == 0) return refuse(name, "it is not executable");
  if ((status.st_mode & S_IWOTH) != 0) return refuse(name, "everybody may write it");
  return folder + "/" + name;
}

Result<Child> start_script(const std::string& folder, const Order& order, const Account* account) {
  auto path = find_script(folder, order.command);
  if (!path) return fail(path.error());
  auto output = make_pipe();
  auto complaint = make_pipe();
  auto failure = make_pipe();
  if (!output || !complaint || !failure) return refuse(order.command, "no descriptors are left");
  std::vector<std::string> words{*path};
  words.insert(words.end(), order.arguments.begin(), order.arguments.end());
  std::vector<std::string> variables{
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"};
  variables.insert(variables.end(), order.environment.begin(), order.environment.end());
  const Descriptor input = open_input(order.input);
  if (!input) return refuse(order.command, words_of(errno));
  const Plan plan{*path,    pointers(words), pointers(variables), order.timeout,         account,
                  getpid(), input.get(),     output->write.get(), complaint->write.get()};
  const pid_t pid = fork();
  if (pid < 0) return refuse(order.command, words_of(errno));
  if (pid == 0) {
    become_script(plan);
    const int error = errno;
    (void)!write(failure->write.get(), &error, sizeof(error));
    _exit(127);
  }
  failure->write.reset();
  if (const int error = failure_of(failure->read); error != 0) {
    waitpid(pid, nullptr, 0);
    return refuse(order.command, words_of(error));
  }
  fcntl(output->read.get(), F_SETFL, O_NONBLOCK);
  fcntl(complaint->read.get(), F_SETFL, O_NONBLOCK);
  return Child{pid, std::move(output->read), std::move(complaint->read)};
}

}  // namespace monitron::script
