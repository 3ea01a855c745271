#pragma once
// The door: takes telemetry over HTTP, checks it, gathers it and answers 202 once the broker has
// it. Needs no database but to learn of tokens and servers it has not seen lately. Outlives the
// gatherer, whose completions come back here.
//
//   POST /api/v1/telemetry   protobuf batch of an agent (contracts/telemetry.proto)
//   POST /api/v1/ingest      JSON of anybody who may ingest
//   POST /api/v1/import/prometheus   the text form of Prometheus, of anybody who may ingest
//
// All may be packed (Content-Encoding: zstd or gzip).

#include "access/remembered.hpp"
#include "http/router.hpp"
#include "ingest/dictionaries.hpp"
#include "ingest/gatherer.hpp"
#include "ingest/push_keys.hpp"
#include "ingest/push_templates.hpp"
#include "ingest/refusal.hpp"
#include "ingest/time_window.hpp"
#include "service/metrics.hpp"

#include <deque>
#include <mutex>

namespace monitron::ingest {

class Door {
 public:
  // Which version of its configuration a server's agent is to have; nothing when there is no such
  // server.
  using LookUp = std::function<Result<std::optional<std::string>>(const Uuid& server)>;

  Door(LookUp look_up, service::Metrics& metrics, const Clock& clock, TimeLimits times);

  // Before the server starts.
  void add_routes(http::Router& router, Gatherer& gatherer);

 private:
  struct Taking {
    std::deque<contracts::Batch> batches{};  // more than one: of a long text
    std::vector<KnownDictionary> learned{};  // good for other batches once these are confirmed
    std::string configuration{};             // version that the agent is to have
  };
  // What is on its way to the broker.
  struct Parcel {
    std::shared_ptr<http::Exchange> exchange;
    std::chrono::steady_clock::time_point started;
    Taking taking;
    std::size_t accepted = 0;  // samples
  };
  using Read = Taken<Taking> (Door::*)(const http::Request&);

  void take(Read read, const std::shared_ptr<http::Exchange>& exchange, Gatherer& gatherer);
  void send(const std::shared_ptr<Parcel>& parcel, Gatherer& gatherer);
  Taken<Taking> read_telemetry(const http::Request& request);
  Taken<Taking> read_push(const http::Request& request);
  Taken<Taking> read_import(const http::Request& request);
  Taken<contracts::BatchId> id_of(const http::Request& request, const Uuid& server,
                                  std::string_view parameters, std::string_view body);
  // What the agent of this server is to be told.
  Taken<std::string> may_write(const http::Caller& caller, const Uuid& server);
  // Besides: what belongs to nobody.
  Taken<void> may_import(const http::Caller& caller, const Uuid& server);
  void refuse_with(http::Exchange& exchange, const Refusal& refusal);
  TimeWindow window() const { return TimeWindow::around(clock_.now(), times_); }

  const Clock& clock_;
  const TimeLimits times_;
  PushKeys keys_;
  service::Metrics& metrics_;
  service::Counter batches_, samples_, bytes_, too_old_, too_new_;
  service::Histogram confirm_seconds_;
  Dictionaries dictionaries_;
  PushTemplates templates_;
  access::Remembered<Uuid, std::string> servers_;  // those that exist
  std::mutex large_imports_;  // held while one is read, for the memory it takes
};

}  // namespace monitron::ingest
