#include <utility>

#include "lucid/draws.h"
#include "lucid/random.h"

namespace lucid {

using detail::DrawScope;

namespace {

thread_local DrawScope* innermost = nullptr;

}  // namespace

RandomStream RandomStream::from(Generator& generator) {
  if (innermost) return innermost->draw(generator);
  return {generator.seed_.load(std::memory_order_relaxed),
          generator.next_.fetch_add(1, std::memory_order_relaxed)};
}

Generator RandomStream::generator() const noexcept {
  Generator result;
  result.set_state(seed, position);
  return result;
}

RandomStream Generator::state() const noexcept {
  if (const DrawScope* const scope = DrawScope::of(*this)) return scope->state();
  return {seed_.load(std::memory_order_relaxed), next_.load(std::memory_order_relaxed)};
}

void Generator::set_state(uint64_t seed, uint64_t position) noexcept {
  if (DrawScope* const scope = DrawScope::of(*this)) return scope->set_state({seed, position});
  seed_.store(seed, std::memory_order_relaxed);
  next_.store(position, std::memory_order_relaxed);
}

Generator& default_generator() noexcept {
  static Generator generator;
  return generator;
}

void manual_seed(uint64_t seed) noexcept {
  default_generator().set_state(seed);
}

namespace detail {
namespace {

// What lies behind a scope while it asks there itself.
class Behind {
 public:
  explicit Behind(DrawScope* outer) noexcept : scope_(std::exchange(innermost, outer)) {}
  Behind(const Behind&) = delete;
  Behind& operator=(const Behind&) = delete;
  ~Behind() { innermost = scope_; }

  Generator& operator*() const noexcept { return default_generator(); }
  Generator* operator->() const noexcept { return &default_generator(); }

 private:
  DrawScope* scope_;
};

}  // namespace

DrawScope::DrawScope(Draws& written) noexcept : outer_(innermost), written_(&written) {
  written.start = default_generator().state();
  innermost = this;
}

DrawScope::DrawScope(const Draws& repeated) noexcept
    : outer_(innermost), repeated_(&repeated), state_(repeated.start) {
  innermost = this;
}

DrawScope::~DrawScope() {
  innermost = outer_;
}

DrawScope* DrawScope::of(const Generator& generator) noexcept {
  return innermost && &generator == &default_generator() ? innermost : nullptr;
}

RandomStream DrawScope::draw(Generator& generator) {
  const bool is_default = &generator == &default_generator();
  if (written_ || (next_ == repeated_->streams.size() && !is_default)) {
    const Behind behind(outer_);
    const RandomStream stream = RandomStream::from(generator);
    if (written_) written_->streams.push_back(stream);
    return stream;
  }
  const bool again = next_ < repeated_->streams.size();
  const RandomStream stream = again ? repeated_->streams[next_++] : state_;
  if (is_default) state_ = {stream.seed, stream.position + 1};
  return stream;
}

RandomStream DrawScope::state() const noexcept {
  return written_ ? Behind(outer_)->state() : state_;
}

void DrawScope::set_state(RandomStream state) noexcept {
  if (written_) {
    Behind(outer_)->set_state(state.seed, state.position);
  } else {
    state_ = state;
  }
}

}  // namespace detail
}  // namespace lucid
