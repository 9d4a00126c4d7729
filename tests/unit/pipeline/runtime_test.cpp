#include <cstdlib>

#include <doctest/doctest.h>
#include <gst/gst.h>

#include "pipeline/runtime.hpp"

using namespace rostrum;

TEST_CASE("pipeline: trace messages of elements are not even made") {
  REQUIRE(pipeline::initialise());
  if (!std::getenv("GST_DEBUG")) CHECK(_gst_debug_min <= GST_LEVEL_WARNING);
}
