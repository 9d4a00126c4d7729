// What stands behind the rows of the core kinds.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/kind.hpp>

namespace rostrum::core {

// decode.cpp
Result<_GstElement*> make_decode(const NodeContext&);

// scale.cpp
Result<_GstElement*> make_scale(const NodeContext&);

// encode.cpp
Result<_GstElement*> make_encode(const NodeContext&);
Result<void> change_encode(_GstElement*, std::string_view param, const Params&);
std::vector<Error> check_encode(const Params&);

// ladder.cpp
Result<std::vector<NodeSpec>> expand_ladder(std::string_view name, std::span<const std::string> from, const Params&);
std::vector<Error> check_ladder(const Params&);

// test_source.cpp
Result<_GstElement*> make_test(const NodeContext&);

// discard.cpp
Result<_GstElement*> make_discard_raw(const NodeContext&);
Result<std::unique_ptr<Sink>> make_discard(NodeContext&);

}  // namespace rostrum::core
