// Several threads that do something at the same time.
#pragma once

#include <exception>
#include <latch>
#include <thread>
#include <vector>

namespace lucid::test {

/// Runs work(0) to work(count - 1), each on a thread of its own, and returns when all are through;
/// throws what the first of them threw. None begins before all are there. Checks are made
/// afterwards: doctest's belong to the thread of the test.
template <class Work>
void at_once(int count, const Work& work) {
  std::latch all_there(count);
  std::vector<std::exception_ptr> errors(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      all_there.arrive_and_wait();
      try {
        work(i);
      } catch (...) {
        errors[static_cast<size_t>(i)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace lucid::test
