#include "pipeline/runtime.hpp"

#include <pthread.h>

#include <cstdlib>
#include <mutex>
#include <string>

#include <fmt/core.h>
#include <gst/gst.h>
#include <rostrum/log.hpp>

namespace rostrum::pipeline {
namespace {

void bridge(GstDebugCategory* category, GstDebugLevel level, const gchar*, const gchar*, gint, GObject*, GstDebugMessage* message,
            gpointer) noexcept {
  if (level > GST_LEVEL_WARNING || !log_enabled(Level::debug)) return;
  log(Level::debug, "gstreamer", {},
      fmt::format("{}: {}", gst_debug_category_get_name(category), gst_debug_message_get(message)));
}

// A host that set GST_DEBUG, or a threshold of its own, wants GStreamer's own output.
void bridge_log() {
  if (std::getenv("GST_DEBUG") || gst_debug_get_default_threshold() > GST_LEVEL_ERROR) return;
  gst_debug_remove_log_function(gst_debug_log_default);
  gst_debug_add_log_function(bridge, nullptr, nullptr);
  // Switches the log on by itself, and for what is at least a warning. gst_debug_set_active would have every trace message of
  // every element made, for the categories to refuse: hundreds a frame.
  gst_debug_set_default_threshold(GST_LEVEL_WARNING);
}

gboolean run_once(gpointer data) noexcept {
  (*static_cast<std::function<void()>*>(data))();
  return G_SOURCE_REMOVE;
}

}  // namespace

Result<void> initialise() {
  static const std::string failure = [] {
    GError* error = nullptr;
    if (!gst_is_initialized() && !gst_init_check(nullptr, nullptr, &error)) {
      std::string text = error ? error->message : "no reason given";
      g_clear_error(&error);
      return text;
    }
    bridge_log();
    return std::string();
  }();
  if (!failure.empty()) return fail(Errc::internal, "GStreamer", fmt::format("cannot be initialised: {}", failure));
  return {};
}

Control::Control() : context_(g_main_context_new()), loop_(g_main_loop_new(context_, FALSE)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "rostrum-gst");
    g_main_context_push_thread_default(context_);
    g_main_loop_run(loop_);
    g_main_context_pop_thread_default(context_);
  });
}

Control::~Control() {
  // Posted, so that a loop which has not begun to run yet ends too.
  post([this] { g_main_loop_quit(loop_); });
  thread_.join();
  g_main_loop_unref(loop_);
  g_main_context_unref(context_);
}

std::shared_ptr<Control> Control::share() {
  static std::mutex mutex;
  static std::weak_ptr<Control> running;  // guarded by mutex
  std::lock_guard lock(mutex);
  auto control = running.lock();
  if (!control) running = control = std::shared_ptr<Control>(new Control());
  return control;
}

void Control::post(std::function<void()> f, Duration delay) {
  GSource* source = delay > Duration::zero()
                        ? g_timeout_source_new(static_cast<guint>(std::chrono::ceil<std::chrono::milliseconds>(delay).count()))
                        : g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_DEFAULT);
  auto owned = std::make_unique<std::function<void()>>(std::move(f));
  g_source_set_callback(source, run_once, owned.release(), [](gpointer data) noexcept {
    std::unique_ptr<std::function<void()>>(static_cast<std::function<void()>*>(data));
  });
  g_source_attach(source, context_);
  g_source_unref(source);
}

}  // namespace rostrum::pipeline
