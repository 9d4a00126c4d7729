// How a pipeline's threads share the processor with the rest of the process.
#pragma once

#include <gst/gst.h>

namespace rostrum::pipeline {

/// Streaming threads of this pipeline become SCHED_BATCH while they run it: woken by a frame, they wait until whoever woke them
/// has done its work, instead of taking the processor from it while it still holds the queue's lock. Network threads go before
/// them. A thread with a policy of its own (a host's idle or real-time process) keeps it. Before the pipeline starts; once.
void batch_streaming_threads(GstElement* pipeline);

}  // namespace rostrum::pipeline
