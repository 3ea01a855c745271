// What metrics of the suite's own are.

#include "domain/metric_metadata.hpp"

#include <gtest/gtest.h>

namespace monitron::domain {
namespace {

TEST(MetricMetadata, OwnMetricsHaveTypeHelpAndUnit) {
  const auto* read = own_metadata("node_disk_read_bytes_total");
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(*read, (MetricMetadata{"node_disk_read_bytes_total", "counter",
                                   "Bytes read from the device.", "bytes"}));
  const auto* took = own_metadata("probe_duration_seconds");
  ASSERT_NE(took, nullptr);
  EXPECT_EQ(took->type, "gauge");
  EXPECT_EQ(took->unit, "seconds");
  const auto* up = own_metadata("probe_success");
  ASSERT_NE(up, nullptr);
  EXPECT_EQ(up->unit, "");
  EXPECT_EQ(own_metadata("shop_orders_total"), nullptr);
  EXPECT_EQ(own_metadata(""), nullptr);
}

TEST(MetricMetadata, FamiliesAreNamedWithoutTheEnding) {
  EXPECT_EQ(family_of("shop_seconds_bucket"), "shop_seconds");
  EXPECT_EQ(family_of("shop_seconds_gsum"), "shop_seconds");
  EXPECT_EQ(family_of("shop_orders_total"), "shop_orders");
  EXPECT_EQ(family_of("shop_queue"), "");
}

}  // namespace
}  // namespace monitron::domain
