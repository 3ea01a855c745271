#pragma once
// Report schedules and requests. Written by api; the report service reads them. A change of a
// schedule wakes whoever listens on the channel "report_schedules_changed".

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct ReportSchedule {
  Uuid id{};
  std::string name{};
  std::string kind = "availability";
  std::string format = "pdf";
  std::string cadence = "daily";
  std::string at{};         // "07:30", local time
  std::string time_zone{};  // IANA name
  std::vector<std::string> recipients{};
  Labels filter{};         // labels an instance or check must have
  std::string group_by{};  // a label: a section for each of its values; empty: as one
  bool enabled = true;
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<ReportSchedule> find_report_schedule(pqxx::work& tx, const Uuid& id);
const Listing& report_schedule_listing();
Page<ReportSchedule> list_report_schedules(pqxx::work& tx, const PageQuery& query);
std::vector<ReportSchedule> enabled_report_schedules(pqxx::work& tx);
ReportSchedule insert_report_schedule(pqxx::work& tx, const ReportSchedule& schedule);
std::optional<ReportSchedule> update_report_schedule(pqxx::work& tx,
                                                     const ReportSchedule& schedule);
bool delete_report_schedule(pqxx::work& tx, const Uuid& id);

struct ReportRequest {
  Uuid id{};
  std::string kind = "availability";
  std::string format = "pdf";
  Instant from{};
  Instant to{};
  std::string time_zone{};
  Labels filter{};
  std::string group_by{};
  std::vector<std::string> recipients{};
  std::string requested_by{};
  Instant created_at{};
};

ReportRequest insert_report_request(pqxx::work& tx, const ReportRequest& request);
std::optional<ReportRequest> find_report_request(pqxx::work& tx, const Uuid& id);

}  // namespace monitron::store
