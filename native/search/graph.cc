// All rows' neighbours, a block of rows as columns at a time. A row whose block is still to come remembers what earlier
// blocks found for it, so a block is multiplied only with the strips from its own on.
#include "search/graph.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "isa/costs.h"
#include "machine/pool.h"
#include "search/passes/code_columns.h"

namespace kindred {

namespace {

// Strips whose rows are columns together: with the rows behind the last strip, no more columns than a search has.
constexpr size_t kBlockStrips = 31;
// Inside a block every pair is computed twice, so even few rows make some blocks.
constexpr size_t kFewestBlocks = 4;
// Strips that a thread goes over between two looks at the others' thresholds.
constexpr size_t kSlice = 16;
// A row's candidates are looked through when there are so many for each that is wanted.
constexpr size_t kPrune = 4;
// What rows may remember until their block comes: this much, or half as much as the rows themselves take. Then blocks still to come
// are searched for as usual.
constexpr size_t kBytes = 256 << 20;
// Groups of columns whose best lower bounds set a row's first threshold, for each row wanted.
constexpr size_t kGroups = 4;

size_t most_bytes(const Snapshot& corpus) {
  return std::max(kBytes, corpus.size * corpus.dim * element_bytes(corpus.dtype) / 2);
}

// What one thread works with.
struct Scratch {
  Scratch(size_t depth, size_t columns)
      : codes(kStrip * depth, 128),
        products(kStrip * columns),
        hits(kStrip * columns),
        thresholds(columns),
        steps(columns),
        errors(columns),
        limits(3 * columns),
        needs(2 * kStrip),
        for_columns(columns),
        for_row(columns) {}

  Aligned<uint8_t> codes;
  Aligned<int32_t> products;
  std::vector<ProductHit<int32_t>> hits;
  Aligned<double> thresholds, steps, errors;
  Aligned<float> limits, needs;
  std::vector<Interval> for_columns, for_row;
};

}  // namespace

// The rows of one block as columns, against all strips from their own on.
class GraphPass {
 public:
  GraphPass(Graph& graph, CertifiedSearch& search, const std::vector<uint32_t>& rows)
      : graph_(graph), search_(search), rows_(rows), pairs_(search.corpus.filter->pairs), queries_(encode_queries(search, QueryBits::kForCodes)),
        columns_(search, queries_) {
    for (size_t t = 0; t < search.options.threads; t++) scratch_.emplace_back(columns_.depth(), columns_.columns());
    for (size_t q = 0; q < rows.size(); q++) {
      search.queries[q].threshold.raise(graph.thresholds_[rows[q]].get());
      Candidates& known = graph.candidates_[rows[q]];
      graph.bytes_ -= known.bytes();
      search.candidates[0][q] = std::move(known);
      known = Candidates();
    }
  }

  bool run() {
    const Snapshot& corpus = search_.corpus;
    if (const size_t rest = corpus.size % kStrip; graph_.next_ == 0 && rest > 0) {
      const size_t first = corpus.size - rest;
      search_.offer_scored(0, first / corpus.chunk_rows, first % corpus.chunk_rows, rest, 0, rows_.size());
    }
    const size_t first = graph_.starts_[graph_.next_], all = graph_.order_.size() - first;
    return search_.each_slice(all, kSlice, [&](size_t thread, size_t from, size_t to) {
      Scratch& scratch = scratch_[thread];
      const Multiplying multiplying(*search_.corpus.filter);
      for (size_t q = 0; q < rows_.size(); q++) scratch.thresholds.data()[q] = search_.queries[q].threshold.get();
      for (size_t n = first + from; n < first + to; n++) visit(scratch, thread, n);
    });
  }

 private:
  // The strip in place `n` of the order.
  void visit(Scratch& scratch, size_t thread, size_t n) {
    const uint32_t number = graph_.order_[n];
    const EncodedStrip strip = graph_.strip(number);
    const EncodedStrip next = n + 1 < graph_.order_.size() ? graph_.strip(graph_.order_[n + 1]) : EncodedStrip{nullptr, 0};
    const size_t slot = static_cast<size_t>(number) * kStrip, columns = columns_.columns();
    // Both rows of a pair inside the block are columns.
    const bool is_own = n < graph_.starts_[graph_.next_ + 1];
    const bool remembers = !is_own && graph_.remembers_.load(std::memory_order_relaxed);
    columns_.read(Stage::kFine, strip, scratch.codes.data());
    pairs_.code_sums(columns_.product(Stage::kFine, scratch.codes.data(), next), scratch.products.data());
    if (remembers && graph_.next_ == 0) raise_thresholds(scratch, strip, slot);

    float* at = scratch.limits.data();
    const PairLimits limits = {scratch.errors.data(), at, at + columns, at + 2 * columns};
    const RowNeeds needs = needs_of(scratch, strip, slot, remembers);
    pairs_.pair_limits(columns_.terms(Stage::kFine), scratch.thresholds.data(), columns_.strip_terms(Stage::kFine, strip),
                       needs, columns, limits);
    // Columns without a row never reach theirs, nor those of rows that gave up.
    for (size_t c = rows_.size(); c < columns; c++) {
      limits.column[c] = limits.row[c] = kNever;
      limits.times[c] = 1;
    }
    for (size_t q = 0; q < rows_.size(); q++) {
      if (search_.queries[q].threshold.given_up()) limits.column[q] = kNever;
    }
    if (remembers) {
      for (size_t r = 0; r < kStrip; r++) graph_.candidates_[slot + r].prefetch();
    }
    const size_t count = pairs_.pair_hits(scratch.products.data(), columns, limits, needs, scratch.hits.data());
    const size_t before = remembers ? bytes_of(slot) : 0;
    for (size_t h = 0; h < count;) {
      size_t end = h;
      while (end < count && scratch.hits[end].row == scratch.hits[h].row) end++;
      offer(scratch, thread, strip, slot, &scratch.hits[h], end - h, remembers);
      h = end;
    }
    if (remembers && (graph_.bytes_ += bytes_of(slot) - before) > most_bytes(search_.corpus)) graph_.remembers_ = false;
  }

  // Offers the hits of one row to their columns, and these to the row. Sorted out first, without branches that nobody can predict.
  void offer(Scratch& scratch, size_t thread, const EncodedStrip& strip, size_t slot, const ProductHit<int32_t>* hits, size_t count,
             bool remembers) {
    const size_t row = hits->row;
    if (!search_.admits(slot + row)) return;
    Threshold& threshold = graph_.thresholds_[slot + row];
    const double offset = static_cast<double>(strip.chunk->offsets(strip.index)[row]) * strip.bounds().unit;
    const double least = remembers ? threshold.get() : kInfinity;
    size_t for_columns = 0, for_row = 0;
    for (size_t h = 0; h < count; h++) {
      const uint32_t column = hits[h].column;
      const double middle = columns_.middle(Stage::kFine, strip, column, hits[h].product, offset);
      const double error = scratch.errors.data()[column];
      const double lower = middle - error, upper = middle + error;
      scratch.for_columns[for_columns] = {lower, upper, column};
      for_columns += upper >= scratch.thresholds.data()[column];
      scratch.for_row[for_row] = {lower, upper, rows_[column]};
      for_row += upper >= least;
    }
    for (size_t n = 0; n < for_columns; n++) {
      const auto& [lower, upper, column] = scratch.for_columns[n];
      Threshold& of_column = search_.queries[column].threshold;
      search_.candidates[thread][column].add(lower, upper, static_cast<uint32_t>(slot + row), of_column);
      scratch.thresholds.data()[column] = of_column.get();
    }
    if (remembers && for_row > 0) graph_.candidates_[slot + row].add(scratch.for_row.data(), for_row, threshold);
  }

  // Gives the strip's rows first thresholds: the k-th largest of the groups' best lower bounds is reached by k rows.
  void raise_thresholds(Scratch& scratch, const EncodedStrip& strip, size_t slot) {
    const size_t k = search_.options.k, columns = columns_.columns();
    const size_t groups = std::min((kGroups * k + kColumns - 1) / kColumns * kColumns, columns);
    if (k > groups) return;
    for (size_t q = 0; q < rows_.size(); q++) {
      scratch.steps.data()[q] = columns_.step(q);
      scratch.errors.data()[q] = columns_.error(Stage::kFine, strip, q);
    }
    // Columns without a row have nothing to offer.
    std::fill(scratch.errors.data() + rows_.size(), scratch.errors.data() + columns, kInfinity);
    std::vector<double> largest(groups);
    for (size_t r = 0; r < kStrip; r++) {
      const LowerTerms terms = {
          strip.bounds().scale,
          static_cast<double>(strip.chunk->offsets(strip.index)[r]) * strip.bounds().unit,
          scratch.steps.data(),
          columns_.terms(Stage::kFine).shift,
          columns_.terms(Stage::kFine).offset,
          scratch.errors.data(),
      };
      pairs_.largest_lowers(scratch.products.data() + r * columns, columns, terms, groups, largest.data());
      const auto kth = largest.begin() + static_cast<ptrdiff_t>(k - 1);
      std::nth_element(largest.begin(), kth, largest.end(), std::greater<>());
      graph_.thresholds_[slot + r].raise(*kth);
    }
  }

  // What the strip's rows need of a product, but for what the column adds; nothing will do for rows that do not take part.
  RowNeeds needs_of(Scratch& scratch, const EncodedStrip& strip, size_t slot, bool remembers) const {
    const double unit = strip.bounds().unit;
    const float* offsets = strip.chunk->offsets(strip.index);
    const double largest = static_cast<double>(*std::max_element(offsets, offsets + kStrip)) * unit;
    double need[kStrip], less[kStrip], most = 0;
    for (size_t r = 0; r < kStrip; r++) {
      const double offset = static_cast<double>(offsets[r]) * unit;
      const bool takes_part = remembers && search_.admits(slot + r);
      need[r] = takes_part ? graph_.thresholds_[slot + r].get() - (offset + kFloatRoundoff * unit) : kInfinity;
      less[r] = largest - offset;
      most = std::max({most, less[r], std::isfinite(need[r]) ? std::fabs(need[r]) : 0});
    }
    int exponent = 0;
    std::frexp(most, &exponent);
    const double scale = std::ldexp(1.0, -std::clamp(exponent, -1000, 1000));
    float* to = scratch.needs.data();
    for (size_t r = 0; r < kStrip; r++) {
      to[r] = static_cast<float>(need[r] * scale);
      to[kStrip + r] = static_cast<float>(less[r] * scale);
    }
    return {to, to + kStrip, scale, most * scale};
  }

  size_t bytes_of(size_t slot) const {
    size_t sum = 0;
    for (size_t r = 0; r < kStrip; r++) sum += graph_.candidates_[slot + r].bytes();
    return sum;
  }

  static constexpr float kNever = std::numeric_limits<float>::infinity();

  Graph& graph_;
  CertifiedSearch& search_;
  const std::vector<uint32_t>& rows_;
  const PairKernels& pairs_;
  const std::vector<EncodedQuery> queries_;
  const CodeColumns columns_;
  std::deque<Scratch> scratch_;
};

std::shared_ptr<Graph> Graph::open(Snapshot corpus, size_t k, double min_score, const uint8_t* admit) {
  const bool has_means = corpus.way == Way::kByCosts || corpus.way == Way::kCodes || corpus.way == Way::kTiles;
  if (!has_means || corpus.size < kStrip) return nullptr;
  const SearchOptions options = {k, min_score, nullptr};
  std::vector<uint8_t> mask;
  if (admit != nullptr) mask.assign(admit, admit + corpus.size);
  return std::shared_ptr<Graph>(new Graph(std::move(corpus), options, std::move(mask)));
}

Graph::Graph(Snapshot corpus, const SearchOptions& options, std::vector<uint8_t> admit)
    : corpus_(std::move(corpus)),
      admit_(std::move(admit)),
      options_(options) {
  if (!admit_.empty()) options_.admit = admit_.data();
  const size_t strips = corpus_.size / kStrip;
  const size_t blocks = std::max((strips + kBlockStrips - 1) / kBlockStrips, std::min(strips, kFewestBlocks));
  for (size_t block = 0; block < blocks; block++) {
    starts_.push_back(order_.size());
    for (size_t strip = block; strip < strips; strip += blocks) {
      const auto first = admit_.begin() + static_cast<ptrdiff_t>(admit_.empty() ? 0 : strip * kStrip);
      if (admit_.empty() || std::any_of(first, first + kStrip, [](uint8_t a) { return a != 0; })) {
        order_.push_back(static_cast<uint32_t>(strip));
      }
    }
  }
  starts_.push_back(order_.size());
}

EncodedStrip Graph::strip(uint32_t number) const {
  const size_t per_chunk = corpus_.chunk_rows / kStrip;
  return encoded_strip(corpus_, number / per_chunk, number % per_chunk);
}

std::vector<uint32_t> Graph::rows(size_t number) const {
  std::vector<uint32_t> found;
  const auto add = [&](size_t first, size_t last) {
    for (size_t slot = first; slot < last; slot++) {
      if (admit_.empty() || admit_[slot] != 0) found.push_back(static_cast<uint32_t>(slot));
    }
  };
  for (size_t n = starts_[number]; n < starts_[number + 1]; n++) {
    add(static_cast<size_t>(order_[n]) * kStrip, static_cast<size_t>(order_[n] + 1) * kStrip);
  }
  if (number == 0) add(corpus_.size / kStrip * kStrip, corpus_.size);
  return found;
}

bool Graph::run(size_t number, const std::atomic<bool>* cancel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!broken_ && next_ <= number) {
    // Also if it throws: what rows remember is then lost in part.
    broken_ = true;
    broken_ = !run_next(cancel);
    if (!broken_) next_++;
  }
  return !broken_;
}

Graph::Means Graph::choose() const {
  const size_t block = kBlockStrips * kStrip;
  const bool fits = GraphTiles::bytes(corpus_.size, stride()) <= most_bytes(corpus_);
  const Way way = way_for(corpus_, block, options_);
  if (way == Way::kTiles || !tells_rows_apart()) return fits ? Means::kTiles : Means::kSearches;
  const bool pays = (corpus_.dim >= corpus_.costs->pairs && corpus_.size >= 2 * block) || corpus_.way == Way::kCodes;
  const bool by_products = way == Way::kCodes || way == Way::kHalfCodes;
  if (!pays || !by_products || corpus_.filter->pairs.code_sums == nullptr || corpus_.size < 4 * options_.k) {
    return Means::kSearches;
  }
  const bool is_encoded = std::all_of(order_.begin(), order_.end(), [&](uint32_t number) { return bool{strip(number)}; });
  return is_encoded ? Means::kPairs : Means::kSearches;
}

// Whether few rows of a sample are better off with tiles: these score each pair once, but a row that gives up is scored with all others.
bool Graph::tells_rows_apart() const {
  constexpr size_t kSample = 64, kPart = 32, kFewGiveUp = 4;
  const size_t count = std::min(kSample, corpus_.size / kPart);
  std::vector<uint32_t> sample;
  for (size_t n = 0; n < count; n++) {
    const size_t slot = n * corpus_.size / count;
    if (admit_.empty() || admit_[slot] != 0) sample.push_back(static_cast<uint32_t>(slot));
  }
  const std::vector<double> wide = widened(sample);
  return sample.empty() || kFewGiveUp * count_given_up(corpus_, wide.data(), sample.size(), options_) <= sample.size();
}

std::vector<double> Graph::widened(const std::vector<uint32_t>& rows) const {
  std::vector<double> wide(rows.size() * corpus_.dim);
  for (size_t q = 0; q < rows.size(); q++) {
    const uint8_t* row = corpus_.chunks[rows[q] / corpus_.chunk_rows]->row(rows[q] % corpus_.chunk_rows);
    widen_row(corpus_.dtype, row, corpus_.dim, wide.data() + q * corpus_.dim);
  }
  return wide;
}

bool Graph::run_next(const std::atomic<bool>* cancel) {
  const std::shared_ptr<Pool> pool = Pool::shared();
  const std::vector<uint32_t> rows = this->rows(next_);
  counts_.assign(rows.size(), 0);
  positions_.assign(rows.size() * stride(), 0);
  scores_.assign(rows.size() * stride(), 0);
  counted_ = {};
  if (rows.empty() || options_.min_score > highest_score(corpus_.metric)) return true;
  options_.cancel = cancel;
  options_.pool = pool.get();
  options_.threads = threads_for(corpus_, rows.size(), *pool);
  if (next_ == 0) {
    means_ = choose();
    if (options_.cancelled()) return false;
  }
  const TopRows answer = {stride(), counts_.data(), positions_.data(), scores_.data()};
  counted_.queries = rows.size();
  counted_.rows = corpus_.size;
  if (means_ == Means::kTiles) {
    if (!tiles_) tiles_ = std::make_unique<GraphTiles>(corpus_, stride(), options_.min_score);
    std::vector<uint32_t> coming;
    for (size_t number = next_ + 1; number < blocks(); number++) {
      const std::vector<uint32_t> more = this->rows(number);
      coming.insert(coming.end(), more.begin(), more.end());
    }
    counted_.scored = rows.size() * (rows.size() + coming.size());
    return tiles_->run(rows, coming, options_, answer);
  }
  const std::vector<double> wide = widened(rows);
  return means_ == Means::kPairs ? run_pairs(rows, wide, answer) : search(corpus_, wide.data(), rows.size(), options_, answer, &counted_);
}

bool Graph::run_pairs(const std::vector<uint32_t>& rows, const std::vector<double>& wide, const TopRows& answer) {
  if (!thresholds_) {
    candidates_.assign(corpus_.size, Candidates(options_.k, kPrune * options_.k, most_candidates(corpus_, options_.k) / 2));
    thresholds_.reset(new Threshold[corpus_.size]);
    const double start = lowered_g(corpus_.metric, options_.min_score);
    for (size_t slot = 0; slot < corpus_.size; slot++) thresholds_[slot].raise(start);
  }
  CertifiedSearch search(corpus_, options_, wide.data(), rows.size());
  const bool remembered = remembers_;
  if (!(remembered ? GraphPass(*this, search, rows).run() : code_pass(search))) return false;
  if (remembered && !remembers_) candidates_ = {};
  std::vector<size_t> numbers(rows.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  if (!search.finish(answer, numbers)) return false;
  const Rest rest(search, numbers, [](const Query& query) { return query.threshold.given_up(); });
  counted_.fine = search.fine_left + rest.numbers.size() * corpus_.size;
  counted_.scored = search.scored + rest.numbers.size() * corpus_.size;
  return score_all_rows(corpus_, rest.wide.data(), rest.numbers, options_, answer);
}

bool Graph::take(size_t number, const TopRows& to) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (broken_ || number + 1 != next_) return false;
  std::copy(counts_.begin(), counts_.end(), to.counts);
  std::copy(positions_.begin(), positions_.end(), to.positions);
  std::copy(scores_.begin(), scores_.end(), to.scores);
  return true;
}

SearchCounts Graph::counted() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counted_;
}

}  // namespace kindred
