// Memory for decoded pictures that need no copy on their way out of the decoder.
#pragma once

#include <rostrum/gst.hpp>

namespace rostrum::core {

/// libav keeps a picture that it still refers to mapped for writing, although it only reads it from there on. GstVideoDecoder
/// hands on a copy of such a picture's buffer, and GStreamer copies what is mapped for writing, byte by byte. Memory of this kind
/// answers with a view of the same bytes, which nobody may write; who maps a view for writing gets bytes of their own, and so
/// does the next picture in the same memory while there is a view of this one. For decoders alone: any copy that is asked for
/// while the picture is mapped for writing is such a view, and shows what is written through that mapping afterwards. The
/// allocator is thread-safe; a picture's first mapping is one thread's.
gst::Ref<GstAllocator> make_picture_allocator();

/// Lets an avdec_* video decoder take its pictures from an allocator of its own, unless somebody downstream names one (a GPU's,
/// say).
void offer_pictures(GstElement* decoder);

}  // namespace rostrum::core
