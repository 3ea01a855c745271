#include "http/probes.hpp"

#include <gtest/gtest.h>

namespace monitron::http {
namespace {

TEST(Probes, ReadyOnlyWhenEveryRoleIs) {
  ProbeStatus status;
  EXPECT_TRUE(probe_answer("GET /readyz HTTP/1.1", status).starts_with("HTTP/1.1 503"));
  status.set({{"spool", true, ""}, {"enrolled", false, "no identity yet"}}, [] { return "x 1\n"; });
  const auto verbose = probe_answer("GET /readyz?verbose HTTP/1.1", status);
  EXPECT_TRUE(verbose.starts_with("HTTP/1.1 503"));
  EXPECT_NE(verbose.find("spool ok\nenrolled not ready: no identity yet\n"), std::string::npos);
  status.set({{"spool", true, ""}, {"enrolled", true, ""}}, [] { return "x 1\n"; });
  EXPECT_TRUE(probe_answer("GET /readyz HTTP/1.1", status).starts_with("HTTP/1.1 200"));
}

TEST(Probes, AnswersOnlyWhatItIsFor) {
  ProbeStatus status;
  status.set({}, [] { return "x 1\n"; });
  EXPECT_TRUE(probe_answer("GET /livez HTTP/1.1", status).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(probe_answer("GET /metrics HTTP/1.1", status).ends_with("x 1\n"));
  EXPECT_TRUE(probe_answer("POST /livez HTTP/1.1", status).starts_with("HTTP/1.1 405"));
  EXPECT_TRUE(probe_answer("GET /etc/passwd HTTP/1.1", status).starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(probe_answer("", status).starts_with("HTTP/1.1 405"));
}

TEST(Probes, NamesAWrongAddressAndATakenPort) {
  ProbeStatus status;
  EXPECT_EQ(Probes::listen("localhost", status).error().fault, Fault::invalid);
  const auto first = Probes::listen("127.0.0.1:0", status).value();
  const auto taken = Probes::listen("127.0.0.1:" + std::to_string(first->port()), status);
  EXPECT_EQ(taken.error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace monitron::http
