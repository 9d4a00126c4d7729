#include "engine/metric_table.hpp"

#include <doctest/doctest.h>

using namespace rostrum;
using namespace rostrum::engine;
using namespace std::chrono_literals;

TEST_CASE("metrics: the exposition text names, types and escapes what there is") {
  MetricTable table;
  table.counter("b_total", "Counts", {{"door", "rt\"mp\\\n"}}).add(3);
  table.counter("b_total", "Counts", {{"door", "rt\"mp\\\n"}}).add(4);
  table.gauge("a", "Goes up and down").set(1.5);
  table.histogram("c_seconds", "Takes").observe(20ms);
  table.histogram("c_seconds", "Takes").observe(9s);
  CHECK(table.text() == R"(# HELP a Goes up and down
# TYPE a gauge
a 1.5
# HELP b_total Counts
# TYPE b_total counter
b_total{door="rt\"mp\\\n"} 7
# HELP c_seconds Takes
# TYPE c_seconds histogram
c_seconds_bucket{le="0.001"} 0
c_seconds_bucket{le="0.01"} 0
c_seconds_bucket{le="0.05"} 1
c_seconds_bucket{le="0.1"} 1
c_seconds_bucket{le="0.25"} 1
c_seconds_bucket{le="0.5"} 1
c_seconds_bucket{le="1"} 1
c_seconds_bucket{le="2.5"} 1
c_seconds_bucket{le="5"} 1
c_seconds_bucket{le="+Inf"} 2
c_seconds_sum 9.02
c_seconds_count 2
)");
}
