#include "api/app.hpp"

#include "api/accounts.hpp"
#include "api/alertmanager.hpp"
#include "api/bulk.hpp"
#include "api/channels.hpp"
#include "api/check_types.hpp"
#include "api/checks.hpp"
#include "api/configuration.hpp"
#include "api/connections.hpp"
#include "api/dashboards.hpp"
#include "api/drills.hpp"
#include "api/instances.hpp"
#include "api/jobs.hpp"
#include "api/maintenance.hpp"
#include "api/metrics.hpp"
#include "api/openapi.hpp"
#include "api/overview.hpp"
#include "api/promql.hpp"
#include "api/reports.hpp"
#include "api/retention.hpp"
#include "api/roles.hpp"
#include "api/rules.hpp"
#include "api/scope.hpp"
#include "api/selectors.hpp"
#include "api/status_board.hpp"
#include "api/status_pages.hpp"
#include "api/tokens.hpp"
#include "db/limited.hpp"

namespace monitron::api {

void add_routes(http::Router& router, Context& context) {
  // PostgreSQL itself keeps who is limited to what is theirs, whatever a handler asks of it.
  router.surround([](const http::Access& access, const http::Caller& caller, const auto& handle) {
    const bool limited = !access.open && !caller.may(access.permission);
    const db::Limited held(limited ? store::scope_parameter(scope_of(caller, access.permission))
                                   : std::nullopt);
    handle();
  });
  add_session_routes(router, context);
  add_password_reset_routes(router, context);
  add_oidc_routes(router, context);
  add_profile_routes(router, context);
  add_email_verification_routes(router, context);
  add_second_factor_routes(router, context);
  add_invitation_routes(router, context);
  add_user_routes(router, context);
  add_role_routes(router, context);
  add_team_routes(router, context);
  add_audit_routes(router, context);
  add_token_routes(router, context);
  add_enrolment_routes(router, context);
  add_agent_routes(router, context);
  add_ticket_routes(router, context);
  add_server_routes(router, context);
  add_instance_routes(router, context);
  add_group_routes(router, context);
  add_dashboard_routes(router, context);
  add_relation_routes(router, context);
  add_certificate_routes(router, context);
  add_check_routes(router, context);
  add_check_type_routes(router, context);
  add_metric_routes(router, context);
  add_connection_routes(router, context);
  add_connection_log_routes(router, context);
  add_query_routes(router, context);
  add_series_routes(router, context);
  add_metadata_routes(router, context);
  add_tsdb_status_routes(router, context);
  add_prometheus_rule_routes(router, context);
  add_retention_routes(router, context);
  add_delete_series_routes(router, context);
  add_rule_file_routes(router, context);
  add_rule_replay_routes(router, context);
  add_rule_template_routes(router, context);
  add_rule_routes(router, context);
  add_rule_band_routes(router, context);
  add_incident_routes(router, context);
  add_incident_action_routes(router, context);
  add_explain_routes(router, context);
  add_channel_routes(router, context);
  add_subscription_routes(router, context);
  add_silence_routes(router, context);
  add_notification_routes(router, context);
  add_selector_routes(router, context);
  add_maintenance_routes(router, context);
  add_dependency_routes(router, context);
  add_drill_routes(router, context);
  add_report_schedule_routes(router, context);
  add_report_routes(router, context);
  add_overview_routes(router, context);
  add_configuration_routes(router, context);
  add_bulk_routes(router, context);
  add_job_routes(router, context);
  add_status_page_routes(router, context);
  add_public_status_routes(router, context.status);
  add_openapi_routes(router, context);
}

}  // namespace monitron::api
