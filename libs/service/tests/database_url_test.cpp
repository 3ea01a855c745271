#include "service/database_url.hpp"

#include <gtest/gtest.h>

namespace monitron::service {
namespace {

TEST(DatabaseUrl, EveryFormOfLibpqIsFine) {
  for (const char* url :
       {"postgres://user:password@localhost:5432/name?sslmode=disable", "postgresql://localhost",
        "postgres://user@[::1]:5432,other:5433/name", "postgres:///name?host=/run/postgresql",
        "postgres://u:%40%2F%3F%25@db/name?options=-c%20a%3Db", "postgres://u:p:q@db/n", "",
        "host=db user=u password='it\\'s a = secret' dbname=n", "host = db  user=u",
        "host=db password=a\\ b port=5432 "}) {
    EXPECT_EQ(problem_with_database_url(url), "") << url;
  }
}

// What libpq would repeat in its message, and that into a log.
TEST(DatabaseUrl, APasswordThatIsNotEncodedIsRefusedAndNotRepeated) {
  for (const char* url :
       {"postgres://user:se@cret@db:5432/name", "postgres://user:se/cret@db/name",
        "postgres://user:se?cret@db/name", "postgres://user:cret%zz@db/name",
        "postgres://user:cret%4@db", "host=db password=se cret", "password='cret", "cret"}) {
    const auto problem = problem_with_database_url(url);
    EXPECT_NE(problem, "") << url;
    EXPECT_EQ(problem.find("cret"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace monitron::service
