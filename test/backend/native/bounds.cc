// Compares the bounds of the certified search with docs/internals/exactness.md, computed anew in long double: each must be at least
// what is derived there, and hardly more. A search shows a lost term only where rows are adverse enough; this shows every one.
// Prints the number of comparisons, or the first that fails and ends with 1.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "rows/corpus.h"
#include "search/certified.h"
#include "search/passes/code_columns.h"

using namespace kindred;

namespace {

using Real = long double;

constexpr Real kUnit = 0x1p-53L;
// What float64 itself rounds where a bound is computed, in units of the last place.
constexpr Real kRoundings = 24;

size_t compared = 0;

[[noreturn]] void fail(const std::string& what, Real is, Real derived) {
  std::printf("%s is %.20Lg where %.20Lg is derived\n", what.c_str(), is, derived);
  std::exit(1);
}

// The bound may be above what is derived by roundings, and by `slack` of it.
void expect_bound(const std::string& what, double bound, Real derived, Real slack = 0) {
  compared++;
  if (bound < derived * (1 - 2 * kUnit)) fail(what, bound, derived);
  if (bound > derived * (1 + slack + kRoundings * kUnit) + 0x1p-499L) fail(what + " (too large)", bound, derived);
}

// A formula of float64, near which its value must be on both sides.
void expect_formula(const std::string& what, double value, Real derived) {
  compared++;
  if (std::fabs(value - derived) > kRoundings * kUnit * std::fabs(derived)) fail(what, value, derived);
}

Real norm_of(const std::vector<Real>& x) {
  Real squares = 0;
  for (const Real each : x) squares += each * each;
  return std::sqrt(squares);
}

// What `norm_bound` adds to a norm for its own roundings.
Real slack_of(size_t dim) { return static_cast<Real>(dim + 12) * kUnit; }

int nibble(const uint8_t* plane, size_t half, size_t j) { return j < half ? plane[j] & 15 : plane[j - half] >> 4; }

struct Trial {
  std::string name;
  Metric metric;
  size_t dim, rows, p;
  Real mean_norm;

  // eta for a row of reach rho and a query of V and f.
  Real rounding(Real rho, Real v, Real f) const {
    const Real x = rho + 2 * mean_norm, y = v + f + 2 * mean_norm;
    const Real steps = static_cast<Real>(2 * dim + 2 * ((dim + 15) / 16) + 4 * p + 83);
    return steps * kUnit * (metric == Metric::kEuclidean ? (x + y) * (x + y) : x * y);
  }
};

// fine, coarse, reach and the offsets of one strip.
void check_strip(const Trial& trial, const Corpus& corpus, const Snapshot& rows, const EncodedStrip& strip) {
  const size_t dim = trial.dim, half = plane_bytes(dim);
  const Strip& bounds = strip.bounds();
  Real fine = 0, coarse = 0, reach = 0;
  std::vector<Real> offsets;
  for (size_t r = 0; r < kStrip; r++) {
    const size_t slot = strip.index * kStrip + r;
    std::vector<double> x(dim);
    const float* row = reinterpret_cast<const float*>(corpus.row(slot));
    for (size_t j = 0; j < dim; j++) x[j] = reads_squares(trial.metric) ? row[j] / corpus.norm(slot) : static_cast<double>(row[j]);
    Real offset = trial.metric == Metric::kEuclidean ? 0 : static_cast<Real>(rows.transform->along_mean(x.data()));
    std::vector<double> a = x;
    rows.transform->apply(a.data());
    std::vector<Real> lost(dim), lost_coarsely(dim), whole(a.begin(), a.end());
    for (size_t j = 0; j < dim; j++) {
      const int high = nibble(strip.chunk->high(strip.index) + r * half, half, j);
      const int low = nibble(strip.chunk->low(strip.index) + r * half, half, j);
      lost[j] = a[j] - static_cast<Real>(bounds.scale) * (16 * high + low - 128);
      lost_coarsely[j] = a[j] - static_cast<Real>(bounds.scale) * (16 * high - 120.5L);
    }
    fine = std::max(fine, norm_of(lost));
    coarse = std::max(coarse, norm_of(lost_coarsely));
    reach = std::max(reach, norm_of(whole) + norm_of(lost));
    if (trial.metric == Metric::kEuclidean) offset = -norm_of(whole) * norm_of(whole) / 2;
    offsets.push_back(offset);
  }
  expect_bound(trial.name + ": fine", bounds.fine, fine, slack_of(dim));
  expect_bound(trial.name + ": coarse", bounds.coarse, coarse, slack_of(dim));
  // Each row's norm and loss are bounds by themselves; the largest of their sums may be of another row than the sum of the largest.
  expect_bound(trial.name + ": reach", bounds.reach, reach, 0.1L);
  for (size_t r = 0; r < kStrip; r++) {
    const Real stored = static_cast<Real>(strip.chunk->offsets(strip.index)[r]) * bounds.unit;
    const Real most = 0x1p-24L * bounds.unit + static_cast<Real>(dim + 4) * kUnit * (1 + std::fabs(offsets[r]));
    compared++;
    if (std::fabs(stored - offsets[r]) > most) fail(trial.name + ": the offset of a row", stored, offsets[r]);
  }
}

// V, and f of eight and of sixteen bits.
void check_query(const Trial& trial, const Snapshot& rows, const CertifiedSearch& search, size_t q, const EncodedQuery& query) {
  std::vector<double> b(trial.dim);
  search.unit_query(q, b.data());
  rows.transform->apply(b.data());
  const std::vector<Real> whole(b.begin(), b.end());
  expect_bound(trial.name + ": norm of a query", query.norm, norm_of(whole), slack_of(trial.dim));
  for (const QueryCode* code : {&query.byte, &query.word}) {
    std::vector<Real> lost(trial.dim);
    for (size_t j = 0; j < trial.dim; j++) {
      lost[j] = b[j] - static_cast<Real>(code->step) * std::nearbyint(code->step == 0 ? 0 : b[j] / code->step);
    }
    expect_bound(trial.name + ": what a query lost", code->rest, norm_of(lost), slack_of(trial.dim));
  }
}

// E of both stages, and the limits that columns make of it.
void check_errors(const Trial& trial, const Snapshot& rows, const EncodedStrip& strip, const CodeColumns& columns) {
  const StripError error(rows);
  const Strip& s = strip.bounds();
  std::vector<double> thresholds(columns.columns());
  for (const Stage stage : {Stage::kCoarse, Stage::kFine}) {
    const bool is_coarse = stage == Stage::kCoarse;
    const Real lost = is_coarse ? s.coarse : s.fine;
    const Real rho = is_coarse ? static_cast<Real>(s.reach) + s.coarse : static_cast<Real>(s.reach);
    const auto derived = [&](const EncodedQuery& query, const QueryCode& code) {
      return lost * query.norm + rho * code.rest + 0x1p-24L * s.unit + trial.rounding(rho, query.norm, code.rest);
    };
    const std::vector<EncodedQuery>& queries = columns.queries();
    for (size_t q = 0; q < queries.size(); q++) {
      for (const QueryCode* code : {&queries[q].byte, &queries[q].word}) {
        expect_formula(trial.name + ": E", error.at(stage, s, queries[q], *code), derived(queries[q], *code));
      }
    }

    // A product below its limit belongs to no row that can reach the threshold; one that is three below does not pass.
    const StripTerms terms = columns.strip_terms(stage, strip);
    Real largest = -INFINITY;
    for (size_t r = 0; r < kStrip; r++) {
      largest = std::max(largest, static_cast<Real>(strip.chunk->offsets(strip.index)[r]) * s.unit);
    }
    std::vector<int32_t> limits(columns.columns());
    for (const double share : {-0.9, -0.1, 0.0, 0.3, 0.8}) {
      for (size_t q = 0; q < queries.size(); q++) {
        thresholds[q] = static_cast<double>(rho) * queries[q].norm * share + static_cast<double>(largest) + queries[q].offset;
      }
      rows.filter->code_limits(columns.terms(stage), thresholds.data(), terms, columns.columns(), limits.data());
      for (size_t q = 0; q < queries.size(); q++) {
        if (queries[q].byte.step == 0) continue;
        const Real left = thresholds[q] - static_cast<Real>(queries[q].offset) - largest - derived(queries[q], queries[q].byte);
        const Real step = static_cast<Real>(s.scale) * (is_coarse ? 16 : 1) * queries[q].byte.step;
        const Real product = left / step + columns.terms(stage).shift[q];
        if (std::fabs(product) > kLimit / 2) continue;
        compared++;
        if (limits[q] > std::ceil(product)) fail(trial.name + ": a limit", limits[q], product);
        if (limits[q] < product - 3) fail(trial.name + ": a limit (too small)", limits[q], product);
      }
    }

    // The largest a strip's rows can be, from the largest products.
    std::vector<int32_t> maxima(columns.columns(), 1000);
    std::vector<double> uppers(columns.columns());
    columns.uppers(stage, strip, maxima.data(), uppers.data());
    for (size_t q = 0; q < queries.size(); q++) {
      const Real step = static_cast<Real>(s.scale) * (is_coarse ? 16 : 1) * queries[q].byte.step;
      const Real terms_of_g = step * (1000 - static_cast<Real>(columns.terms(stage).shift[q])) + largest + queries[q].offset;
      const Real of_e = derived(queries[q], queries[q].byte);
      compared++;
      const Real room = kRoundings * kUnit * (std::fabs(terms_of_g) + std::fabs(largest) + std::fabs(queries[q].offset) + of_e);
      if (std::fabs(uppers[q] - (terms_of_g + of_e)) > room) fail(trial.name + ": an upper bound", uppers[q], terms_of_g + of_e);
    }
  }
}

// Rows of some kind; the last of them are queries.
std::vector<float> draw(std::mt19937& random, const std::string& kind, size_t count, size_t dim) {
  std::normal_distribution<float> normal;
  std::vector<float> common(dim), rows(count * dim);
  for (float& x : common) x = kind == "around a mean" ? 3 + normal(random) : 0;
  for (size_t i = 0; i < rows.size(); i++) {
    rows[i] = common[i % dim] + normal(random) * (kind == "with outliers" && i % dim < 3 ? 40 : 1);
  }
  return rows;
}

}  // namespace

int main() {
  std::mt19937 random(7);
  bool met[3] = {false, false, false};
  for (const Level& level : levels()) {
    if (!level.obstacle.empty() || level.filter == nullptr) continue;
    for (const Metric metric : {Metric::kCosine, Metric::kDot, Metric::kEuclidean}) {
      for (const std::string kind : {"plain", "around a mean", "with outliers"}) {
        for (const size_t dim : {3, 17, 64, 100}) {
          constexpr size_t kRows = 256, kQueries = 5;
          const std::vector<float> data = draw(random, kind, kRows + kQueries, dim);
          Corpus corpus(&level, dim, metric);
          corpus.go(Way::kPlanes);
          corpus.append(reinterpret_cast<const uint8_t*>(data.data()), kRows);
          while (corpus.encoded().encode(corpus, SIZE_MAX, 1) > 0) {
          }
          const Snapshot rows = corpus.snapshot();
          const std::vector<double> wide(data.begin() + kRows * dim, data.end());
          const SearchOptions options = {10, -INFINITY, nullptr};
          CertifiedSearch search(rows, options, wide.data(), kQueries);
          const std::vector<EncodedQuery> queries = encode_queries(search, QueryBits::kEightAndSixteen);
          const CodeColumns columns(search, queries);
          Real squares = 0;
          for (const double m : rows.transform->mean()) squares += static_cast<Real>(m) * m;
          met[static_cast<size_t>(rows.transform->mode())] = true;
          size_t block = 0;
          if (rows.transform->mode() == EncodingMode::kRotated) {
            while ((size_t{2} << block) <= dim) block++;
          }
          const char* names[] = {"cosine", "dot", "euclidean"};
          const Trial trial = {std::string(level.name) + ", " + names[static_cast<size_t>(metric)] + ", " + kind + ", " +
                                   std::to_string(dim) + " elements",
                               metric, dim, kRows, block, rows.transform->mean_norm()};
          expect_bound(trial.name + ": norm of the mean", rows.transform->mean_norm(), std::sqrt(squares), slack_of(dim));
          for (size_t index = 0; index < kRows / kStrip; index++) {
            const EncodedStrip strip = encoded_strip(rows, 0, index);
            if (!strip) fail(trial.name + ": a strip that is not encoded", static_cast<Real>(index), 0);
            check_strip(trial, corpus, rows, strip);
            check_errors(trial, rows, strip, columns);
          }
          for (size_t q = 0; q < kQueries; q++) check_query(trial, rows, search, q, queries[q]);
        }
      }
    }
  }
  if (!met[0] || !met[1] || !met[2]) fail("a mode of encoding that no rows chose", 0, 1);
  std::printf("%zu bounds compared\n", compared);
}
