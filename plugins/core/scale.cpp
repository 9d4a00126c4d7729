// Raw video to another size.
#include "core/bin.hpp"
#include "core/kinds.hpp"
#include "core/scaler.hpp"

namespace rostrum::core {

Result<GstElement*> make_scale(const NodeContext& context) {
  register_scaler();
  const Params& params = context.params();
  Chain chain(context.node());
  chain.add("videoconvert");  // passes I420 through; a foreign filter before it may give something else
  GstElement* scaler = chain.add("rostrumscale");
  for (const char* side : {"width", "height"}) {
    if (scaler && params.has(side)) g_object_set(scaler, side, static_cast<int>(params.integer(side)), nullptr);
  }
  if (scaler && params.has("fps")) {
    const Rational fps = params.rate("fps");
    g_object_set(scaler, "fps", static_cast<int>(fps.num), static_cast<int>(fps.den), nullptr);
  }
  return chain.finish();
}

}  // namespace rostrum::core
