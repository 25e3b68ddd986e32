#include "lucid/arena.h"

#include <algorithm>
#include <mutex>

#include "lucid/allocator.h"

namespace lucid::detail {
namespace {

thread_local Arena* running = nullptr;

constexpr int64_t alignment = memory_alignment;
constexpr uint32_t no_place = UINT32_MAX;  // of a block that the allocator gave

int64_t rounded(int64_t bytes) noexcept {
  return (bytes + alignment - 1) / alignment * alignment;
}

// A lock of a few instructions, held for a few more.
class Locked {
 public:
  explicit Locked(std::atomic_flag& flag) noexcept : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag& flag_;
};

}  // namespace

Arena::~Arena() {
  deallocate(memory_, bytes_);
}

void Arena::drop() noexcept {
  if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

Arena* Arena::current() noexcept {
  return running;
}

Arena::Run::Run(Arena* arena) : arena_(arena), outer_(running) {
  if (arena_) arena_->begin_run();
  running = arena_;
}

Arena::Run::~Run() {
  running = outer_;
  if (arena_) arena_->end_run();
}

void Arena::begin_run() {
  // After a run that went another way, the next one is what is planned for.
  if (strayed_) forget();
  strayed_ = false;
  next_ = 0;
}

void Arena::end_run() noexcept {
  if (!watching_.load(std::memory_order_relaxed)) {
    strayed_ = strayed_ || next_ != requests_.size();
    return;
  }
  const Locked locked(lock_);
  watching_.store(false, std::memory_order_release);
  try {
    plan();
  } catch (...) {
    // Without memory for a plan the allocator goes on giving all of it.
    requests_.clear();
    strayed_ = true;
  }
}

void Arena::forget() noexcept {
  const Locked locked(lock_);
  deallocate(memory_, bytes_);
  memory_ = nullptr;
  bytes_ = 0;
  clock_ = 0;
  requests_.clear();
  rivals_.clear();
  watching_.store(true, std::memory_order_relaxed);
}

Arena::Block Arena::watched(int64_t bytes) {
  void* const data = allocate(bytes);
  try {
    const Locked locked(lock_);
    requests_.push_back({bytes, data, clock_++, -1});
  } catch (...) {
    deallocate(data, bytes);
    throw;
  }
  holders_.fetch_add(1, std::memory_order_relaxed);
  return {data, this, no_place};
}

Arena::Block Arena::take(int64_t bytes) {
  if (bytes <= 0) return {nullptr, nullptr, 0};
  if (watching_.load(std::memory_order_relaxed)) return watched(bytes);
  if (next_ >= requests_.size() || requests_[next_].bytes != bytes) strayed_ = true;
  if (strayed_) return {allocate(bytes), nullptr, 0};
  const auto place = static_cast<uint32_t>(next_++);
  const Request& request = requests_[place];
  bool free = request.offset >= 0;
  for (uint32_t i = 0; i < request.rivals && free; ++i) {
    free = !taken_[rivals_[request.first_rival + i]].load(std::memory_order_acquire);
  }
  if (!free) return {allocate(bytes), nullptr, 0};
  taken_[place].store(true, std::memory_order_relaxed);
  live_.fetch_add(1, std::memory_order_relaxed);
  holders_.fetch_add(1, std::memory_order_relaxed);
  return {static_cast<std::byte*>(memory_) + request.offset, this, place};
}

void Arena::give_back(void* data, int64_t bytes, uint32_t place) noexcept {
  if (place != no_place) {
    taken_[place].store(false, std::memory_order_release);
    live_.fetch_sub(1, std::memory_order_release);
  } else {
    {
      const Locked locked(lock_);
      if (watching_.load(std::memory_order_relaxed)) {
        const auto request = std::find_if(requests_.rbegin(), requests_.rend(),
                                          [&](const Request& r) { return r.data == data; });
        // It may be from an earlier run that was watched.
        if (request != requests_.rend()) {
          request->end = clock_++;
          request->data = nullptr;
        }
      }
    }
    deallocate(data, bytes);
  }
  drop();
}

// The largest first, each at the lowest place that no block has which lives at the same time: what
// is known as greedy by size (Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net
// Inference, 2020).
void Arena::plan() {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].end >= 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
    return requests_[a].bytes > requests_[b].bytes;
  });
  std::vector<uint32_t> placed;  // by offset
  int64_t total = 0;
  for (const uint32_t i : order) {
    Request& request = requests_[i];
    int64_t offset = 0;
    for (const uint32_t j : placed) {
      const Request& other = requests_[j];
      if (other.end < request.begin || request.end < other.begin) continue;
      if (other.offset - offset >= request.bytes) break;
      offset = std::max(offset, other.offset + rounded(other.bytes));
    }
    request.offset = offset;
    total = std::max(total, offset + rounded(request.bytes));
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [this](int64_t value, uint32_t j) { return value < requests_[j].offset; }),
        i);
  }
  const auto overlap = [](const Request& a, const Request& b) {
    return a.offset >= 0 && b.offset >= 0 && a.offset < b.offset + rounded(b.bytes) &&
           b.offset < a.offset + rounded(a.bytes);
  };
  for (uint32_t i = 0; i < requests_.size(); ++i) {
    requests_[i].first_rival = static_cast<uint32_t>(rivals_.size());
    for (uint32_t j = 0; j < i; ++j) {
      if (overlap(requests_[i], requests_[j])) rivals_.push_back(j);
    }
    requests_[i].rivals = static_cast<uint32_t>(rivals_.size()) - requests_[i].first_rival;
  }
  taken_ = std::make_unique<std::atomic<bool>[]>(requests_.size());
  memory_ = allocate(total);
  bytes_ = total;
}

Scratch::Scratch(int64_t bytes) : bytes_(bytes) {
  if (Arena* const arena = Arena::current()) {
    const Arena::Block block = arena->take(bytes);
    data_ = block.data;
    arena_ = block.arena;
    place_ = block.place;
  } else {
    data_ = allocate(bytes);
  }
}

Scratch::~Scratch() {
  if (arena_) {
    arena_->give_back(data_, bytes_, place_);
  } else {
    deallocate(data_, bytes_);
  }
}

}  // namespace lucid::detail
