// Single connections, into their log. C-014.

#include "fixture.hpp"

namespace monitron::series {
namespace {

using contracts::ConnectionRecord;

class ConnectionLogTest : public SeriesTest {
 protected:
  Batch telling(std::vector<ConnectionRecord> records) {
    Batch batch;
    batch.id.source = source_;
    batch.id.seq = ++seq_;
    batch.connections = std::move(records);
    return batch;
  }
  static ConnectionRecord record(std::uint64_t cookie) {
    return {.cookie = cookie,
            .opened_ms = kNow,
            .local_ip = "10.0.0.1",
            .local_port = 1,
            .remote_ip = "::1",
            .remote_port = 2};
  }
  static ConnectionRecord ended(ConnectionRecord one) {
    one.ended_ms = kNow + 1;
    one.outcome = "closed";
    return one;
  }
  void sql(const std::string& text) {
    read([&](pqxx::work& tx) { return tx.exec(text).size(); });
  }
  const SourceId source_ = SourceId::make();
  std::uint64_t seq_ = 0;
};

TEST_F(ConnectionLogTest, EachIsThereOnceAndAnEndStays) {
  auto writer = this->writer();
  auto open = record(~0ULL);
  open.process = "nginx";
  auto end = ended(open);
  end.process.clear();
  end.sent_bytes = ~0ULL;
  write(writer, {telling({open, record(2)}), telling({ended(record(3)), record(3)})});
  write(writer, {telling({end})});
  write(writer, {telling({open})});
  EXPECT_EQ(count("SELECT count(*) FROM connection_log"), 3);
  EXPECT_EQ(count("SELECT count(*) FROM connection_log WHERE ended_at IS NULL"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM connection_log WHERE process = 'nginx' AND outcome = "
                  "'closed' AND cookie = -1 AND sent_bytes = 9223372036854775807"),
            1)
      << "what was known of it while it was open stays known";
}

// A batch that is delivered again is stored once, with all that is in it.
TEST_F(ConnectionLogTest, ABatchThatComesAgainChangesNothing) {
  auto writer = this->writer();
  const auto batch = telling({record(1)});
  write(writer, {batch});
  sql("DELETE FROM connection_log");
  write(writer, {batch});
  EXPECT_EQ(count("SELECT count(*) FROM connection_log"), 0);
}

TEST_F(ConnectionLogTest, OldOnesAreForgotten) {
  auto writer = this->writer();
  write(writer, {telling({record(1), record(2)})});
  sql("UPDATE connection_log SET opened_at = now() - interval '29 days' WHERE cookie = 1");
  sql("UPDATE connection_log SET opened_at = now() - interval '31 days' WHERE cookie = 2");
  ASSERT_TRUE(writer.keep_house(from_ms(kNow)));
  EXPECT_EQ(count("SELECT sum(cookie) FROM connection_log"), 1);
}

}  // namespace
}  // namespace monitron::series
