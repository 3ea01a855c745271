#include "probe/engine.hpp"

#include "domain/check_secrets.hpp"
#include "http/transfers.hpp"
#include "probe/answer_memory.hpp"
#include "probe/dns_sockets.hpp"
#include "probe/expressions.hpp"
#include "probe/icmp_sockets.hpp"
#include "probe/kept_links.hpp"
#include "probe/rdap.hpp"
#include "probe/run.hpp"
#include "probe/traceroute.hpp"

namespace monitron::probe {

namespace {

using domain::CheckKind;
using Start = void (*)(Context&, domain::CheckDefinition, Done);

constexpr std::pair<CheckKind, Start> kStarters[] = {
    {CheckKind::http, start_http},        {CheckKind::tcp, start_tcp},
    {CheckKind::udp, start_udp},          {CheckKind::icmp, start_icmp},
    {CheckKind::tls, start_tls},          {CheckKind::domain, start_domain},
    {CheckKind::dns, start_dns},          {CheckKind::script, start_script},
    {CheckKind::mysql, start_service},    {CheckKind::postgresql, start_service},
    {CheckKind::redis, start_service},    {CheckKind::smtp, start_service},
    {CheckKind::ssh, start_service},      {CheckKind::mongodb, start_service},
    {CheckKind::rabbitmq, start_service}, {CheckKind::kafka, start_service},
};

// Plain from here on, in the memory of this run alone.
template <class Open>
Result<void> open_secrets(domain::CheckDefinition& check, const Open& open) {
  if (!open) return {};
  Result<void> done;
  const auto context = domain::secret_context(check.id);
  domain::for_each_secret(check.settings, [&](domain::Secret& secret) {
    auto plain = open(secret.text, context);
    if (plain) {
      secret.text = std::move(*plain);
    } else {
      done = fail(plain.error());
    }
  });
  return done;
}

}  // namespace

struct EngineSettings::State {
  std::string location;
  Networks denied;
  Networks allowed;
  std::shared_ptr<TlsTrust> trust;
  std::unique_ptr<TlsTrusts> trusts;
  std::vector<std::string> dns_servers;
  std::unique_ptr<script::Runner> scripts;
  decltype(Wishes::open_secret) open_secret;
  mutable AnswerMemory answers;
  std::unique_ptr<Registries> registries;
};

Result<EngineSettings> EngineSettings::make(const Wishes& wishes) {
  auto state = std::make_shared<State>();
  auto denied = Networks::parse(wishes.denied_networks);
  if (!denied) return fail(denied.error());
  auto allowed = Networks::parse(wishes.allowed_networks);
  if (!allowed) return fail(allowed.error());
  auto trust = TlsTrust::make(wishes.ca_file);
  if (!trust) return fail(trust.error());
  state->location = wishes.location;
  state->open_secret = wishes.open_secret;
  state->denied = std::move(*denied);
  state->allowed = std::move(*allowed);
  state->trust = std::move(*trust);
  state->trusts = std::make_unique<TlsTrusts>(state->trust);
  state->dns_servers = wishes.dns_servers;
  state->registries = std::make_unique<Registries>(wishes.rdap_bootstrap_url, wishes.whois_server);
  if (const auto good = script::check(wishes.scripts); !good) return fail(good.error());
  if (!wishes.scripts.folder.empty()) {
    state->scripts = std::make_unique<script::Runner>(wishes.scripts);
  }
  EngineSettings settings;
  settings.state_ = std::move(state);
  return settings;
}

struct Engine::State {
  State(loop::Loop& loop, std::shared_ptr<const EngineSettings::State> shared)
      : settings(std::move(shared)),
        resolver(loop, settings->dns_servers),
        icmp(loop),
        dns(loop),
        kept(loop),
        transfers(loop),
        traceroutes(loop),
        deadlines(loop),
        context{loop,
                settings->location,
                resolver,
                settings->denied,
                settings->allowed,
                *settings->trust,
                *settings->trusts,
                icmp,
                dns,
                settings->answers,
                expressions,
                *settings->registries,
                kept,
                transfers,
                settings->scripts.get(),
                deadlines} {}

  std::shared_ptr<const EngineSettings::State> settings;
  Resolver resolver;
  IcmpSockets icmp;
  DnsSockets dns;
  Expressions expressions;
  KeptLinks kept;
  http::Transfers transfers;
  Traceroutes traceroutes;
  Deadlines deadlines;
  Context context;
};

Engine::Engine(loop::Loop& loop, const EngineSettings& settings)
    : state_(std::make_unique<State>(loop, settings.state_)) {}

Engine::~Engine() {
  while (state_->context.first != nullptr) {
    const auto run = state_->context.first->shared_from_this();
    run->stop();
  }
}

void Engine::start(domain::CheckDefinition check, Done done) {
  const auto refuse = [&](std::string reason) {
    Finding finding;
    finding.reason = std::move(reason);
    finding.check = std::move(check);
    done(std::move(finding));
  };
  if (const auto opened = open_secrets(check, state_->settings->open_secret); !opened) {
    return refuse(opened.error().text);
  }
  for (const auto& [kind, start] : kStarters) {
    if (kind == check.kind()) return start(state_->context, std::move(check), std::move(done));
  }
  refuse("no checker runs checks of kind " + std::string(to_string(check.kind())));
}

void Engine::trace(const Address& to, std::function<void(std::string)> done) {
  state_->traceroutes.trace(to, std::move(done));
}

std::size_t Engine::running() const { return state_->context.running; }

}  // namespace monitron::probe
