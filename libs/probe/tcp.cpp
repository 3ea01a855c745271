// TCP: up when the connection is accepted.

#include "probe/run.hpp"

namespace monitron::probe {

namespace {

class TcpRun : public StreamRun {
 public:
  using StreamRun::StreamRun;

 private:
  void start() override {
    const auto target = host_port();
    if (!target) return finish(domain::CheckStatus::unknown, target.error().text);
    dial(target->host, target->port);
  }
  void connected() override { finish(domain::CheckStatus::up, ""); }
  void received(std::string_view) override {}
  void ended_by_peer(int) override {}
};

}  // namespace

void start_tcp(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<TcpRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
