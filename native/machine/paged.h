// Memory that one thread changes while others read it as it was: what is changed under a reader moves out, a page at a time.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace kindred {

// Whether nobody else holds it. What others read of it before they let go then comes before any write that follows.
template <class T>
bool is_alone(const std::shared_ptr<T>& held) {
  if (held.use_count() != 1) return false;
  std::atomic_thread_fence(std::memory_order_acquire);
  return true;
}

// Items in one block, side by side. A copy shares the block; whoever writes to one of them first takes the item's page out of it,
// unless nobody shares it. Pages come back once the block is nobody else's.
//
// A Block has `capacity`; `like(capacity)`, another one; `copy(from, first, count, to)`, which copies items; and `is_fixed()`, whether
// it must never be written.
template <class Block>
class Paged {
 public:
  // Where an item lies.
  struct Place {
    Block* block;
    size_t index;
  };

  // Pages hold at least one item, and 16 KiB at most where that is more.
  Paged(std::shared_ptr<Block> block, size_t item_bytes) : block_(std::move(block)) {
    while ((item_bytes << (shift_ + 1)) <= kPageBytes) shift_++;
  }

  size_t capacity() const { return block_->capacity; }

  Place at(size_t item) const {
    if (!moved_.empty()) {
      if (Block* page = moved_[item >> shift_].get()) return {page, item & (per_page() - 1)};
    }
    return {block_.get(), item};
  }

  // How many of the items `first .. last` lie side by side from the first on.
  size_t run(size_t first, size_t last) const {
    if (moved_.empty()) return last - first;
    return std::min(last, ((first >> shift_) + 1) << shift_) - first;
  }

  // Where an item may be written; of its page, items before `used` are kept. Nobody else may read this Paged itself.
  Place writable(size_t item, size_t used) {
    if (!moved_.empty() && can_write(block_)) bring_back(used);
    const size_t page = item >> shift_, first = page << shift_;
    if (can_write(is_moved(page) ? moved_[page] : block_)) return at(item);
    const auto own = block_->like(std::min(per_page(), capacity() - first));
    if (first < used) own->copy(*at(first).block, at(first).index, std::min(own->capacity, used - first), 0);
    if (moved_.empty()) moved_.resize((capacity() + per_page() - 1) >> shift_);
    if (!moved_[page]) count_++;
    moved_[page] = own;
    // A block that nothing is left in would only take memory.
    if (count_ == moved_.size()) *this = flat(capacity(), used);
    return at(item);
  }

  // The first `used` items in a block of their own.
  Paged flat(size_t capacity, size_t used) const {
    const auto own = block_->like(capacity);
    for (size_t first = 0; first < used;) {
      const size_t count = run(first, used);
      own->copy(*at(first).block, at(first).index, count, first);
      first += count;
    }
    return Paged(own, shift_, Shift());
  }

  // Whether all items may be written where they are.
  bool is_flat() const { return moved_.empty() && can_write(block_); }

  // Calls use(block) for everything that holds items.
  template <class Use>
  void each_block(Use use) const {
    use(*block_);
    for (const auto& page : moved_) {
      if (page) use(*page);
    }
  }

 private:
  struct Shift {};
  Paged(std::shared_ptr<Block> block, size_t shift, Shift) : block_(std::move(block)), shift_(shift) {}

  static constexpr size_t kPageBytes = 16 << 10;
  // Pages that come back with one write: an eighth of a MiB.
  static constexpr size_t kPagesBack = 8;

  static bool can_write(const std::shared_ptr<Block>& block) { return is_alone(block) && !block->is_fixed(); }

  size_t per_page() const { return size_t{1} << shift_; }
  bool is_moved(size_t page) const { return !moved_.empty() && moved_[page] != nullptr; }

  void bring_back(size_t used) {
    size_t back = 0;
    for (size_t page = 0; page < moved_.size() && back < kPagesBack; page++) {
      if (!moved_[page]) continue;
      const size_t first = page << shift_;
      if (first < used) block_->copy(*moved_[page], 0, std::min(moved_[page]->capacity, used - first), first);
      moved_[page].reset();
      count_--;
      back++;
    }
    if (count_ == 0) moved_.clear();
  }

  std::shared_ptr<Block> block_;
  std::vector<std::shared_ptr<Block>> moved_;  // by page, null where the block has it; empty if it has all
  size_t count_ = 0;                           // of those moved
  size_t shift_ = 0;                           // log2 of the items of a page
};

}  // namespace kindred
