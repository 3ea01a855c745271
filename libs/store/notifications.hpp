#pragma once
// What each channel is told, from being decided to being sent. Written by the notifier alone.
//
// waiting → pending → sending → sent, or failed: tried for a day; digested: told by a digest;
// held: a silence keeps it back, it is looked at again; suppressed: not told. Nothing is sent
// before it stands here as sending, and nothing stands here as sent before the other side took it.
// Of an incident a channel is told in order.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/tx.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

struct Notification {
  std::string key{};  // "<channel>.<incident>.<transition>"
  Uuid channel_id{};
  std::optional<Uuid> incident_id{};  // nothing: a digest or a trial
  std::string kind{};                 // fired, reminder, resolved, digest, test
  std::string content{};              // JSON of alert.changed; of a digest {"alerts": […]}
  bool send_resolved = true;
  int attempts = 0;
  Instant created_at{};
};

// In the transaction of what it tells of. `due`: when it is sent, or its digest. The same key again
// changes nothing.
void add_notification(pqxx::work& tx, const Notification& notification, bool into_digest,
                      Instant due);

// As add_notification(), but kept back for the reason until `due`.
void hold_notification(pqxx::work& tx, const Notification& notification, Instant due,
                       const std::string& reason);
// One that waits for a digest is held from now on.
void hold_waiting(pqxx::work& tx, const std::string& key, Instant due, const std::string& reason);
// Held ones that are due, oldest first, locked; those that somebody else is at left out.
std::vector<Notification> due_held(pqxx::work& tx, Instant now, int limit);
void hold_on(pqxx::work& tx, const std::string& key, Instant due);
// As if it had begun now.
void release_held(pqxx::work& tx, const std::string& key, Instant now, bool into_digest,
                  Instant due);
// What ended while it was held is told to nobody.
void drop_held(pqxx::work& tx, const Uuid& incident);

// What has ended needs no reminder any more.
void drop_reminders(pqxx::work& tx, const Uuid& incident);
// The end of the same alert's incident before, if that waits for a digest: else people would hear
// of it last, and take it for the present.
void tell_end_before(pqxx::work& tx, const Notification& beginning, Instant now);

// How many of this kind the channel was told alone (in no digest) since then, and the first one.
struct ToldLately {
  int count = 0;
  Instant first{};
};
ToldLately told_lately(pqxx::work& tx, const Uuid& channel, const std::string& kind, Instant since);

// How the channels stand that were told of the incident's beginning and want to hear of its end.
struct ToldChannel {
  Uuid channel_id{};
  bool waits_for_digest = false;
};
std::vector<ToldChannel> channels_told(pqxx::work& tx, const Uuid& incident);

// What makes no sense any more: of channels that are gone or switched off, of problems that were
// never told, reminders of what has ended.
void suppress_notifications(pqxx::work& tx, Instant now);

// One that is to be sent now, and where.
struct DueNotification : Notification {
  std::string channel_kind{};
  std::string channel_name{};
  std::string target{};
  std::string secret{};  // sealed
};
// At most one per channel; they are sending until `lease` then.
std::vector<DueNotification> claim_notifications(pqxx::work& tx, Instant now, Instant lease);
// The queue of letters has it now.
void hand_over_notification(pqxx::work& tx, const std::string& key);

// The other side took it, or it was given up. Nothing when it is not there or was ended before.
struct EndedNotification {
  Notification notification{};
  std::string channel_name{};
  // What it told of which incident: of a digest of all its members, else one, of a test none.
  struct Told {
    Uuid incident_id{};
    std::string kind{};  // fired, reminder, resolved
  };
  std::vector<Told> told{};
};
std::optional<EndedNotification> end_notification(pqxx::work& tx, const std::string& key, bool sent,
                                                  const std::string& detail);
void retry_notification(pqxx::work& tx, const std::string& key, Instant at,
                        const std::string& detail);
// Nothing answers there: the others of the channel wait, too.
void pause_channel(pqxx::work& tx, const Uuid& channel, Instant until);

// Channels with a digest that is due.
std::vector<Uuid> due_digests(pqxx::work& tx, Instant now);
// What waits for it, oldest first, locked; not what an earlier word about the same incident is
// still on its way to.
std::vector<Notification> waiting_for_digest(pqxx::work& tx, const Uuid& channel, int limit);
void put_into_digest(pqxx::work& tx, const std::vector<Notification>& members,
                     const std::string& digest_key);
void send_alone(pqxx::work& tx, const std::string& key, Instant now);

// The last word that a channel had about an open incident whose beginning it was told of.
struct LastWord {
  Uuid channel_id{};
  Uuid incident_id{};
  std::string content{};  // of the beginning
  int reminders = 0;
  Instant at{};
};
// Those that lie back for the pause of their channel, oldest first; but for some incidents.
std::vector<LastWord> last_words(pqxx::work& tx, const std::map<Uuid, std::chrono::seconds>& pauses,
                                 const std::vector<Uuid>& left_out, Instant now, int limit);

// Trials that were asked for and not taken up yet.
struct ChannelTest {
  Uuid id{};
  Uuid channel_id{};
  std::string channel_name{};
};
std::vector<ChannelTest> new_channel_tests(pqxx::work& tx);

// The latest of each channel, for people.
struct LastNotification {
  std::string kind{};
  std::string state{};
  std::string detail{};  // of what the other side, or what stood in the way, said
  Instant at{};          // when it was decided
};
std::map<Uuid, LastNotification> last_notifications(pqxx::work& tx,
                                                    const std::vector<Uuid>& channels);

int drop_old_notifications(pqxx::work& tx);  // more than 90 days: some, as drop_some()
// What the queue of letters has had for more than a day is failed.
void give_up_lost_letters(pqxx::work& tx);

}  // namespace monitron::store
