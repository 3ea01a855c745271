#include "probe/kept_links.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace monitron::probe {

namespace {

std::size_t quarter_of_descriptors() {
  constexpr rlim_t kMost = 16'384;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 64;
  return static_cast<std::size_t>(std::min(limit.rlim_cur, kMost) / 4);
}

}  // namespace

// Hears the server while nobody asks it anything.
class KeptLinks::Kept : public Connection::Listener {
 public:
  Kept(KeptLinks& owner, std::string key, Link link, SteadyInstant until)
      : until_(until), owner_(owner), key_(std::move(key)), link_(std::move(link)) {
    link_.connection.tell(*this);
  }

  Link release() { return std::move(link_); }

  const SteadyInstant until_;

 private:
  void on_connect(int) override {}
  void on_end(int) override { forget(); }
  void on_data(std::string_view bytes) override {
    if (!link_.session) return forget();  // nobody has asked
    auto step = link_.session->receive(bytes);
    if (step.closed || !step.error.empty() || !step.plain.empty()) return forget();
    link_.connection.write(std::move(step.to_send));  // tickets and the like are no matter
  }
  void forget() {
    const std::string key = key_;  // goes with this
    owner_.kept_.erase(key);
  }

  KeptLinks& owner_;
  std::string key_;
  Link link_;
};

KeptLinks::KeptLinks(loop::Loop& loop) : loop_(loop), most_(quarter_of_descriptors()) {}
KeptLinks::~KeptLinks() = default;

std::optional<Link> KeptLinks::take(const std::string& key) {
  const auto found = kept_.find(key);
  if (found == kept_.end()) return std::nullopt;
  Link link = found->second->release();
  kept_.erase(found);
  return link;
}

void KeptLinks::keep(const std::string& key, Link link, std::chrono::milliseconds time) {
  if (kept_.size() >= most_) return;
  if (kept_.empty()) {
    sweeper_ = loop_.every(std::chrono::seconds(1), [this] { sweep(); });
  }
  const auto until = std::chrono::steady_clock::now() + time;
  kept_.insert_or_assign(key, std::make_unique<Kept>(*this, key, std::move(link), until));
}

void KeptLinks::sweep() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(kept_, [&](const auto& one) { return one.second->until_ <= now; });
  if (kept_.empty()) sweeper_.stop();
}

}  // namespace monitron::probe
