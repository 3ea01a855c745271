#pragma once
// Reports as the API shows them: what was asked for (api's table) with what became of it (the
// report service's).

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct ReportView {
  Uuid id{};
  std::string kind{};
  std::string format{};
  std::string state = "queued";  // queued, running, done, failed
  Instant from{};
  Instant to{};
  std::string time_zone{};  // of the request or the schedule; empty: that schedule is gone
  std::optional<Uuid> schedule_id{};
  Instant created_at{};
  std::optional<Instant> finished_at{};
  std::optional<std::int64_t> size_bytes{};
  std::string file_name{};
  std::string error{};
};

// Newest first.
const Listing& report_listing();
Page<ReportView> list_reports(pqxx::work& tx, const PageQuery& query);
std::optional<ReportView> find_report(pqxx::work& tx, const Uuid& id);

struct ReportFile {
  std::string name{};
  std::string content_type{};
  std::string bytes{};
};
std::optional<ReportFile> find_report_file(pqxx::work& tx, const Uuid& id);

}  // namespace monitron::store
