// What holds for the rows of all elements; the rows stand in the files of their elements.
#include "tests/unit/gateway/flow_rows.hpp"

namespace gateway::test {
namespace {

TEST_P(FlowRows, Hold) {
  const flow_row& row = GetParam();
  flow_run f;
  f.call(row.elements, row.request, row.answer);
  if (row.to_target) {
    EXPECT_EQ(f.to_target, row.to_target);
  }
  if (row.to_client) {
    EXPECT_EQ(f.to_client, row.to_client);
  }
}

TEST_P(ErrorRows, AreRefusedWithThePlace) { expect_error(GetParam()); }

}  // namespace
}  // namespace gateway::test
