// What only the house does with replies.
#pragma once

#include <rostrum/reply.hpp>

namespace rostrum {

struct ReplyAccess {
  /// The answer passes through `change` on its way, that of a Reply which is dropped too. Once a Reply.
  template <class T>
  static void change_by(Reply<T>& reply, T (*change)(T)) {
    reply.change_ = change;
  }
};

}  // namespace rostrum
