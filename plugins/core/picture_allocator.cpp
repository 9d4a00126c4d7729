#include "core/picture_allocator.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

namespace rostrum::core {
namespace {

struct Give {
  std::align_val_t alignment;
  void operator()(std::byte* bytes) const { ::operator delete(bytes, alignment); }
};
struct Picture {
  GstMemory memory;
  std::shared_ptr<std::byte> bytes;  // its views have them too
  std::atomic<int> maps{0};
};

Picture& picture_of(GstMemory* memory) {
  return *reinterpret_cast<Picture*>(memory);
}

GstMemory* make(GstAllocator* self, GstMemoryFlags flags, std::shared_ptr<std::byte> bytes, gsize whole, gsize align,
                gsize offset, gsize size) {
  auto picture = std::make_unique<Picture>();
  picture->bytes = std::move(bytes);
  gst_memory_init(&picture->memory, flags, self, nullptr, whole, align, offset, size);
  return &picture.release()->memory;
}

std::shared_ptr<std::byte> take(gsize size, gsize align) {
  const auto alignment = std::align_val_t(align + 1);
  auto* bytes = static_cast<std::byte*>(::operator new(size, alignment, std::nothrow));
  return bytes ? std::shared_ptr<std::byte>(bytes, Give{alignment}) : nullptr;
}

GstMemory* alloc(GstAllocator* self, gsize size, GstAllocationParams* params) noexcept {
  const gsize align = params->align | gst_memory_alignment;  // a mask
  const gsize whole = params->prefix + size + params->padding;
  auto bytes = take(whole, align);
  if (bytes && (params->flags & GST_MEMORY_FLAG_ZERO_PREFIXED)) std::fill_n(bytes.get(), params->prefix, std::byte{});
  if (bytes && (params->flags & GST_MEMORY_FLAG_ZERO_PADDED))
    std::fill_n(bytes.get() + params->prefix + size, params->padding, std::byte{});
  return bytes ? make(self, params->flags, std::move(bytes), whole, align, params->prefix, size) : nullptr;
}

void free(GstAllocator*, GstMemory* memory) noexcept {
  std::unique_ptr<Picture>(&picture_of(memory));
}

gsize length_of(const GstMemory* memory, gssize offset, gssize size) {
  const gsize left = memory->size - std::min(memory->size, static_cast<gsize>(offset));
  return size < 0 ? left : std::min(left, static_cast<gsize>(size));
}

// The same bytes, for reading.
GstMemory* view(GstMemory* memory, gssize offset, gssize size) noexcept {
  return make(memory->allocator, GST_MEMORY_FLAG_READONLY, picture_of(memory).bytes, memory->maxsize, memory->align,
              memory->offset + static_cast<gsize>(offset), length_of(memory, offset, size));
}

bool mapped_for_writing(const GstMemory* memory) {
  return (static_cast<guint>(g_atomic_int_get(&memory->mini_object.lockstate)) & GST_LOCK_FLAG_WRITE) != 0;
}

GstMemory* copy(GstMemory* memory, gssize offset, gssize size) noexcept {
  if (mapped_for_writing(memory)) return view(memory, offset, size);
  const gsize length = length_of(memory, offset, size);
  GstAllocationParams params;
  gst_allocation_params_init(&params);
  params.align = memory->align;
  GstMapInfo from;
  if (!gst_memory_map(memory, &from, GST_MAP_READ)) return nullptr;
  GstMemory* own = alloc(memory->allocator, length, &params);
  if (own) std::copy_n(from.data + offset, length, reinterpret_cast<guint8*>(picture_of(own).bytes.get()));
  gst_memory_unmap(memory, &from);
  return own;
}

// A pool gives the picture's memory out again, perhaps while a slow encoder still has a view of it: then the view keeps the
// bytes.
bool part_from_views(Picture& picture) {
  if (picture.bytes.use_count() == 1) {
    std::atomic_thread_fence(std::memory_order_acquire);  // after the last read of a view that is gone
    return true;
  }
  auto own = take(picture.memory.maxsize, picture.memory.align);
  if (!own) return false;
  std::copy_n(picture.bytes.get(), picture.memory.maxsize, own.get());
  picture.bytes = std::move(own);
  return true;
}

// Whoever maps it once more while it is mapped gets the same bytes: the first pointer stays good.
gpointer map(GstMemory* memory, gsize, GstMapFlags flags) noexcept {
  Picture& picture = picture_of(memory);
  const bool first = picture.maps.fetch_add(1) == 0;
  if (!first || (flags & GST_MAP_WRITE) == 0 || part_from_views(picture)) return picture.bytes.get();
  --picture.maps;
  return nullptr;
}
void unmap(GstMemory* memory) noexcept {
  --picture_of(memory).maps;
}

void instance_init(GTypeInstance* instance, gpointer) noexcept {
  auto* self = GST_ALLOCATOR(instance);
  self->mem_type = "RostrumPicture";
  self->mem_map = map;
  self->mem_unmap = unmap;
  self->mem_copy = copy;
  self->mem_share = view;
}

void class_init(gpointer klass, gpointer) noexcept {
  GST_ALLOCATOR_CLASS(klass)->alloc = alloc;
  GST_ALLOCATOR_CLASS(klass)->free = free;
}

// After downstream's answer: the first row is what counts, also for the memory of a pool that it offers.
GstPadProbeReturn answered(GstPad*, GstPadProbeInfo* info, gpointer own) noexcept {
  GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
  if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
  auto* allocator = static_cast<GstAllocator*>(own);
  GstAllocationParams params;
  gst_allocation_params_init(&params);
  if (gst_query_get_n_allocation_params(query) == 0) {
    gst_query_add_allocation_param(query, allocator, &params);
    return GST_PAD_PROBE_OK;
  }
  GstAllocator* found = nullptr;
  gst_query_parse_nth_allocation_param(query, 0, &found, &params);
  if (const auto theirs = gst::adopt(found); !theirs) gst_query_set_nth_allocation_param(query, 0, allocator, &params);
  return GST_PAD_PROBE_OK;
}

}  // namespace

gst::Ref<GstAllocator> make_picture_allocator() {
  static const GType type =
      g_type_register_static_simple(GST_TYPE_ALLOCATOR, "RostrumPictureAllocator", sizeof(GstAllocatorClass), class_init,
                                    sizeof(GstAllocator), instance_init, GTypeFlags{});
  return gst::sink(static_cast<GstAllocator*>(g_object_new(type, nullptr)));
}

void offer_pictures(GstElement* decoder) {
  const auto out = gst::adopt(gst_element_get_static_pad(decoder, "src"));
  const auto when = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PULL);
  gst_pad_add_probe(out.get(), when, answered, make_picture_allocator().release(), gst_object_unref);
}

}  // namespace rostrum::core
