// What an answer means for the batch.

#include "agent/verdict.hpp"

#include <gtest/gtest.h>

namespace monitron::agent {
namespace {

using Action = Verdict::Action;
using namespace std::chrono_literals;

Verdict judge_status(int status, std::string body = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return judge(response);
}

TEST(Verdict, TakenOnlyWhenTheServerSaysSo) {
  EXPECT_EQ(judge_status(202).action, Action::done);
  for (const int status : {301, 500, 502, 503, 504, 429, 408}) {
    EXPECT_EQ(judge_status(status).action, Action::retry) << status;
  }
  EXPECT_EQ(judge(fail(Fault::timeout, "late")).action, Action::retry);
}

TEST(Verdict, OnlyWhatIsWrongWithTheBatchGoesToQuarantine) {
  for (const int status : {400, 409, 413, 415, 422}) {
    EXPECT_EQ(judge_status(status).action, Action::quarantine) << status;
  }
  for (const int status : {401, 403, 404}) {
    EXPECT_EQ(judge_status(status).action, Action::retry) << status;
  }
}

TEST(Verdict, AnUnknownDictionaryIsSentInFull) {
  EXPECT_EQ(judge_status(409, R"({"errors":[{"code":"dictionary_unknown"}]})").action,
            Action::send_in_full);
}

TEST(Verdict, HonoursRetryAfterWithinReason) {
  http::Response response;
  response.status = 503;
  response.headers = {{"retry-after", "7"}};
  EXPECT_EQ(judge(response).at_least, 7s);
  response.headers = {{"retry-after", "999999"}};
  EXPECT_EQ(judge(response).at_least, 300s);
  response.headers = {{"retry-after", "Fri, 31 Dec"}};
  EXPECT_EQ(judge(response).at_least, 0s);
}

TEST(Backoff, DoublesToItsLimitAndStartsAnew) {
  Backoff backoff(1000ms, 60s);
  EXPECT_EQ(backoff.next(0), 500ms);
  EXPECT_EQ(backoff.next(0), 1000ms);
  EXPECT_EQ(backoff.next(0.5), 3000ms);
  for (int i = 0; i < 50; ++i) EXPECT_LE(backoff.next(0.99), 60s);
  EXPECT_GE(backoff.next(0), 30s);
  backoff.reset();
  EXPECT_EQ(backoff.next(0), 500ms);
}

}  // namespace
}  // namespace monitron::agent
