// Rows are columns a block at a time, as in the similarity matrix. A score is offered to its column, and to its row, which remembers it.
#include "search/graph_tiles.h"

#include <algorithm>
#include <deque>

#include "matrix/matrix.h"
#include "order/bits.h"
#include "search/slices.h"

namespace kindred {

namespace {

// Scores that are compared together: enough for the compiler to fill registers.
constexpr size_t kTogether = 16;

// Whether one of kTogether scores reaches its column's bar or that of the row. Branchless, so that it is done a register at a time.
bool any_reaches(const double* scores, const double* bars, double row_bar) {
  int64_t any = 0;
  for (size_t n = 0; n < kTogether; n++) {
    any |= -static_cast<int64_t>(scores[n] >= row_bar) | -static_cast<int64_t>(scores[n] >= bars[n]);
  }
  return any != 0;
}

// Some rows as columns against themselves and others.
class Pass {
 public:
  // `rows` are the columns, followed by others; `best` is what each row remembers.
  Pass(const Snapshot& corpus, const SearchOptions& options, std::vector<uint32_t> rows, size_t columns, std::vector<Best>& best,
       const Best& empty)
      : corpus_(corpus),
        kernels_(*corpus.kernels),
        options_(options),
        rows_(std::move(rows)),
        columns_(columns),
        height_(block_rows(kNear, kernels_.tile_rows, corpus.dim)),
        best_(best),
        squares_(columns),
        packed_(kernels_.tile_columns, corpus.dim, columns) {
    std::vector<double> wide(columns * corpus.dim);
    widen(0, columns, wide.data(), squares_.data());
    packed_.pack(wide.data(), columns);
    of_columns_.assign(options.threads, std::vector<Best>(columns, empty));
    for (size_t c = 0; c < columns; c++) std::swap(of_columns_[0][c], best[rows_[c]]);
    for (size_t t = 0; t < options.threads; t++) scratch_.emplace_back(*this);
  }

  bool run() {
    // Of a slice of rows either all are columns, or none is.
    return each_slice(options_, columns_, height_, [&](size_t thread, size_t first, size_t last) { score(thread, first, last); }) &&
           each_slice(options_, rows_.size() - columns_, height_,
                      [&](size_t thread, size_t first, size_t last) { score(thread, columns_ + first, columns_ + last); });
  }

  std::vector<Hit> answer(size_t column, size_t k) { return best_of(of_columns_, column, k); }

 private:
  struct Scratch {
    explicit Scratch(const Pass& pass)
        : wide(pass.height_ * pass.corpus_.dim),
          squares(pass.height_),
          bars(pass.columns_),
          packed(pass.kernels_.tile_rows, pass.corpus_.dim, pass.height_),
          sums(pass.height_ * pass.columns_) {}

    std::vector<double> wide, squares, bars;
    Panels packed;
    AlignedDoubles sums;
  };

  // Rows first .. last in float64, and their sums of squares where a score reads them.
  void widen(size_t first, size_t last, double* wide, double* squares) const {
    for (size_t n = first; n < last; n++) {
      const Chunk& chunk = *corpus_.chunks[rows_[n] / corpus_.chunk_rows];
      const size_t row = rows_[n] % corpus_.chunk_rows;
      widen_row(corpus_.dtype, chunk.row(row), corpus_.dim, wide + (n - first) * corpus_.dim);
      if (reads_squares(corpus_.metric)) squares[n - first] = *chunk.squares_from(row);
    }
  }

  Best& best_of_row(size_t thread, size_t n) { return n < columns_ ? of_columns_[thread][n] : best_[rows_[n]]; }

  void score(size_t thread, size_t first, size_t last) {
    Scratch& scratch = scratch_[thread];
    const uint32_t lowest = *std::min_element(rows_.begin() + static_cast<ptrdiff_t>(first), rows_.begin() + static_cast<ptrdiff_t>(last));
    const auto of_column = [&](const Best& best) { return best.bar_from(lowest); };
    std::transform(of_columns_[thread].begin(), of_columns_[thread].end(), scratch.bars.begin(), of_column);
    if (are_answered(thread, first, last)) return;
    widen(first, last, scratch.wide.data(), scratch.squares.data());
    scratch.packed.pack(scratch.wide.data(), last - first);
    // A column needs no row behind it: that was, or will be, a column for it.
    const size_t first_panel = first < columns_ ? first / packed_.panel_rows() : 0;
    const size_t start = first_panel * packed_.panel_rows();
    multiply(kernels_, tile_op(corpus_.metric, corpus_.dtype), scratch.packed, packed_, first_panel, scratch.sums.data(), columns_);
    const double least = *std::min_element(scratch.bars.begin(), scratch.bars.end());
    for (size_t n = first; n < last; n++) {
      double* line = scratch.sums.data() + (n - first) * columns_;
      const double bar = std::min(least, best_of_row(thread, n).bar_from(rows_[0]));
      finish_scores_from(bar, corpus_.metric, scratch.squares[n - first], squares_.data() + start, columns_ - start, line + start);
      offer(scratch, thread, n, line, lowest);
    }
  }

  // Whether none of these rows, and no column, can find better ones than it has.
  bool are_answered(size_t thread, size_t first, size_t last) {
    const double highest = highest_score(corpus_.metric);
    for (size_t n = first; n < last; n++) {
      if (!(best_of_row(thread, n).bar_from(rows_[0]) > highest)) return false;
    }
    const std::vector<double>& bars = scratch_[thread].bars;
    return std::all_of(bars.begin(), bars.end(), [&](double bar) { return bar > highest; });
  }

  // Offers the scores of row `n` to it and to its columns. Between two columns there is one pair.
  void offer(Scratch& scratch, size_t thread, size_t n, const double* line, uint32_t lowest) {
    const uint32_t slot = rows_[n];
    Best& of_row = best_of_row(thread, n);
    std::vector<Best>& of_columns = of_columns_[thread];
    size_t c = 0;
    if (n < columns_) {
      if (line[n] >= of_row.bar_from(slot)) of_row.offer_any(slot, line[n]);
      c = n + 1;
    }
    if (c == columns_) return;
    double row_bar = of_row.bar_from(rows_[c]);
    const auto to_row = [&](size_t column) { of_row.offer_any(rows_[column], line[column]); };
    const auto to_column = [&](size_t column) {
      of_columns[column].offer_any(slot, line[column]);
      scratch.bars[column] = of_columns[column].bar_from(lowest);
    };
    for (size_t count; c < columns_; c += count) {
      count = std::min(kTogether, columns_ - c);
      if (count == kTogether && !any_reaches(line + c, scratch.bars.data() + c, row_bar)) continue;
      // Which ones do is told first, without branches: with a large k many do, and nobody can predict which.
      uint32_t reach_row = 0, reach_columns = 0;
      for (size_t n = 0; n < count; n++) {
        reach_row |= static_cast<uint32_t>(line[c + n] >= row_bar) << n;
        reach_columns |= static_cast<uint32_t>(line[c + n] >= scratch.bars[c + n]) << n;
      }
      each_bit(reach_row, [&](size_t n) { to_row(c + n); });
      each_bit(reach_columns, [&](size_t n) { to_column(c + n); });
      if (reach_row != 0) row_bar = of_row.bar_from(rows_[c]);
    }
  }

  const Snapshot& corpus_;
  const CanonicalKernels& kernels_;
  const SearchOptions& options_;
  const std::vector<uint32_t> rows_;
  const size_t columns_, height_;
  std::vector<Best>& best_;
  std::vector<double> squares_;  // of the columns
  Panels packed_;
  std::vector<std::vector<Best>> of_columns_;  // [thread][column]
  std::deque<Scratch> scratch_;
};

}  // namespace

GraphTiles::GraphTiles(const Snapshot& corpus, size_t k, double min_score)
    : corpus_(corpus), k_(k), min_score_(min_score), best_(corpus.size, Best(k, min_score)) {}

size_t GraphTiles::bytes(size_t rows, size_t k) { return rows * (sizeof(Best) + Best::bytes(k)); }

bool GraphTiles::run(const std::vector<uint32_t>& rows, const std::vector<uint32_t>& coming, const SearchOptions& options,
                     const TopRows& answer) {
  const size_t width = block_rows(kFar, corpus_.kernels->tile_columns, corpus_.dim);
  for (size_t first = 0; first < rows.size(); first += width) {
    const size_t columns = std::min(width, rows.size() - first);
    std::vector<uint32_t> from_first(rows.begin() + static_cast<ptrdiff_t>(first), rows.end());
    from_first.insert(from_first.end(), coming.begin(), coming.end());
    Pass pass(corpus_, options, std::move(from_first), columns, best_, Best(k_, min_score_));
    if (!pass.run()) return false;
    for (size_t c = 0; c < columns; c++) answer.write(first + c, pass.answer(c, k_));
  }
  return true;
}

}  // namespace kindred
