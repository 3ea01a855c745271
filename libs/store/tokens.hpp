#pragma once
// API tokens (of scripts and agents) and enrolment tokens. Written by api; ingest reads grants.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct ApiToken {
  Uuid id{};
  std::string name{};
  std::string hash{};
  std::string prefix{};
  std::vector<std::string> scopes{};
  std::optional<Uuid> created_by{};
  std::optional<Uuid> instance_id{};  // set for an agent: it may write only this one
  Instant created_at{};
  std::optional<Instant> expires_at{};
  std::optional<Instant> last_used_at{};
};

ApiToken insert_api_token(pqxx::work& tx, const ApiToken& token);
// Of one user, or all.
const Listing& api_token_listing();
Page<ApiToken> list_api_tokens(pqxx::work& tx, const PageQuery& query,
                               const std::optional<Uuid>& created_by);
// Only one that is neither revoked nor expired.
std::optional<ApiToken> find_api_token(pqxx::work& tx, const std::string& hash);
std::optional<ApiToken> find_api_token_by_id(pqxx::work& tx, const Uuid& id);
bool revoke_api_token(pqxx::work& tx, const Uuid& id);
// Whether another agent may come for this instance. Tokens that agents have not used for two
// minutes (their answer was lost, say) are revoked; any other stands, and nobody comes in its
// place. Two minutes, as a use is noted later.
bool displace_agents(pqxx::work& tx, const Uuid& instance);
void touch_api_tokens(pqxx::work& tx, const std::vector<std::string>& hashes);

// What an agent shows to be let in, and whom it speaks for.
struct Agent {
  Uuid id{};  // of its token
  Uuid instance_id{};
  std::string hostname{};
  std::string version{};  // of the agent
  std::string prefix{};   // of the token
  Instant enrolled_at{};
  std::optional<Instant> last_used_at{};  // the token
  std::optional<Instant> last_seen{};     // anything of the instance
};
const Listing& agent_listing();
Page<Agent> list_agents(pqxx::work& tx, const PageQuery& query,
                        const std::optional<Uuid>& instance);
std::optional<Agent> find_agent(pqxx::work& tx, const Uuid& id);

struct EnrolmentToken {
  Uuid id{};
  std::string name{};
  std::string hash{};
  std::string prefix{};
  std::optional<Uuid> created_by{};
  Instant created_at{};
  std::optional<Instant> expires_at{};
  std::optional<int> max_uses{};
  int uses = 0;
};

EnrolmentToken insert_enrolment_token(pqxx::work& tx, const EnrolmentToken& token);
const Listing& enrolment_token_listing();
Page<EnrolmentToken> list_enrolment_tokens(pqxx::work& tx, const PageQuery& query);
bool delete_enrolment_token(pqxx::work& tx, const Uuid& id);
// Counts one use; nothing when it is unknown, expired or used up, or who made it has none of these
// roles.
std::optional<EnrolmentToken> claim_enrolment_token(pqxx::work& tx, const std::string& hash,
                                                    const std::vector<std::string>& roles);

}  // namespace monitron::store
