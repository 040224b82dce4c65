#include "row-workers.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace medtune {

static void Relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

static size_t ProcessorCount() {
  size_t count = std::thread::hardware_concurrency();
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = static_cast<size_t>(CPU_COUNT(&set));
#endif
  const char *limit = std::getenv("TF_NUM_INTRAOP_THREADS");
  const long wanted = limit == nullptr ? 0 : std::atol(limit);
  if (wanted > 0 && static_cast<size_t>(wanted) < count) count = static_cast<size_t>(wanted);
  return count == 0 ? 1 : count;
}

class RowWorkers {
 public:
  explicit RowWorkers(size_t count) : count_(count) {
    for (size_t i = 0; i < count; i++) std::thread([this] { Work(); }).detach();
  }

  void Run(size_t total, size_t grain, void (*body)(void *, size_t, size_t), void *context) {
    if (count_ == 0 || total <= grain) {
      body(context, 0, total);
      return;
    }
    const std::lock_guard<std::mutex> turn(turn_);
    total_ = total;
    grain_ = grain;
    body_ = body;
    context_ = context;
    next_.store(0);
    open_.store(true);
    // The mutex: a worker must not fall asleep between its last look at the job's number and its wait.
    job_.fetch_add(1);
    if (sleeping_.load() > 0) {
      const std::lock_guard<std::mutex> lock(sleep_);
      wake_.notify_all();
    }
    TakeStretches();
    // A worker that comes from here on finds nothing open; those inside finish what they took.
    open_.store(false);
    for (int i = 0; active_.load() > 0; i++) {
      Relax();
      // Whoever has a stretch may have lost its processor to another program, or to this very wait.
      if (i % 256 == 255) std::this_thread::yield();
    }
  }

 private:
  // Long stretches first, for memory is read fastest in long runs; short ones last, so that all end together.
  void TakeStretches() {
    size_t begin = next_.load();
    while (begin < total_) {
      const size_t rest = total_ - begin, share = rest / (2 * (count_ + 1));
      const size_t size = share > grain_ ? share : grain_ < rest ? grain_ : rest;
      if (!next_.compare_exchange_weak(begin, begin + size)) continue;
      body_(context_, begin, begin + size);
      begin = next_.load();
    }
  }

  void Work() {
    unsigned seen = 0;
    for (;;) {
      seen = NextJob(seen);
      active_.fetch_add(1);
      if (open_.load()) TakeStretches();
      active_.fetch_sub(1);
    }
  }

  // Waits awake for a while: the next product of a token comes within microseconds, and waking up takes longer.
  unsigned NextJob(unsigned seen) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
    do {
      for (int i = 0; i < 64; i++) {
        if (job_.load() != seen) return job_.load();
        Relax();
      }
      std::this_thread::yield();
    } while (std::chrono::steady_clock::now() < until);
    std::unique_lock<std::mutex> lock(sleep_);
    sleeping_.fetch_add(1);
    wake_.wait(lock, [&] { return job_.load() != seen; });
    sleeping_.fetch_sub(1);
    return job_.load();
  }

  const size_t count_;
  std::mutex turn_;
  std::mutex sleep_;
  std::condition_variable wake_;
  std::atomic<unsigned> job_{0};
  std::atomic<int> sleeping_{0};
  std::atomic<int> active_{0};
  std::atomic<bool> open_{false};
  std::atomic<size_t> next_{0};
  size_t total_ = 0;
  size_t grain_ = 1;
  void (*body_)(void *, size_t, size_t) = nullptr;
  void *context_ = nullptr;
};

void ShareRows(size_t total, size_t grain, void (*body)(void *, size_t, size_t), void *context) {
  // Never deleted: its threads wait until the process ends.
  static RowWorkers *const workers = new RowWorkers(ProcessorCount() - 1);
  workers->Run(total, grain, body, context);
}

}  // namespace medtune
