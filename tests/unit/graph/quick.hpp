// Hostile files are answered soon.
#pragma once

#include <cstdlib>
#include <ctime>

#include <doctest/doctest.h>

namespace rostrum::test {

/// What `question` gives, within a bound: what is quadratic in a megabyte takes minutes. It is time of the processor, which other
/// work on the machine does not lengthen; a sanitizer does.
template <class Question>
auto quick(Question question) {
  const std::clock_t begin = std::clock();
  auto answer = question();
  const int patience = std::getenv("ROSTRUM_SANITIZED") ? 6 : 1;
  CHECK(std::clock() - begin < patience * 10 * CLOCKS_PER_SEC);
  return answer;
}

}  // namespace rostrum::test
