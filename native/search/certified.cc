// Thresholds, candidates and their scoring: the same for every pass.
#include "search/certified.h"

#include <algorithm>
#include <cmath>

#include "order/best.h"
#include "search/slices.h"

namespace kindred {

namespace {

constexpr size_t kFirstPrune = 256;

// Keeping lower bounds pays only while the answer is a small part of the rows.
size_t bounds_to_keep(const Snapshot& corpus, const SearchOptions& options) {
  return options.k <= corpus.size / 4 ? options.k : 0;
}

}  // namespace

// Adding, sorting and scoring a row by itself takes as long as 10 to 20 rows of a tile.
size_t most_candidates(const Snapshot& corpus, size_t k) {
  // Who asked for a way wants to see where it leads.
  if (corpus.way != Way::kByCosts) return std::numeric_limits<size_t>::max();
  constexpr size_t kTellingPart = 8, kFewest = 64;
  return std::max({corpus.size / kTellingPart, 4 * k, kFewest});
}

Query::Query(const Snapshot& corpus, const double* wide, double start)
    // Products of widened float32 are exact, so this is the float32 query's own sum too.
    : wide(wide), squares(corpus.kernels->dot_f64(wide, wide, corpus.dim)), threshold(start) {}

CertifiedSearch::CertifiedSearch(const Snapshot& corpus, const SearchOptions& options, const double* queries_at,
                                 size_t count)
    : corpus(corpus), options(options), k_(std::min(options.k, corpus.size)) {
  const double start = lowered_g(corpus.metric, options.min_score);
  for (size_t q = 0; q < count; q++) queries.emplace_back(corpus, queries_at + q * corpus.dim, start);
  candidates.resize(options.threads);
  for (auto& of_thread : candidates) {
    of_thread.assign(count, Candidates(bounds_to_keep(corpus, options), kFirstPrune, most_candidates(corpus, k_)));
  }
}

void CertifiedSearch::unit_query(size_t q, double* y) const {
  const Query& query = queries[q];
  const bool divide = reads_squares(corpus.metric) && query.squares != 0;
  const double norm = std::sqrt(query.squares);
  for (size_t j = 0; j < corpus.dim; j++) y[j] = divide ? query.wide[j] / norm : query.wide[j];
}

bool CertifiedSearch::admits_any(size_t first, size_t rows) const {
  if (options.admit == nullptr) return true;
  return std::any_of(options.admit + first, options.admit + first + rows, [](uint8_t a) { return a != 0; });
}

bool CertifiedSearch::admits_all(size_t first, size_t rows) const {
  if (options.admit == nullptr) return true;
  return std::all_of(options.admit + first, options.admit + first + rows, [](uint8_t a) { return a != 0; });
}

void CertifiedSearch::offer_scored(size_t thread, size_t chunk, size_t first, size_t rows, size_t first_query,
                                   size_t last_query) {
  const size_t slot = chunk * corpus.chunk_rows + first;
  if (!admits_any(slot, rows)) return;
  scored += rows * (last_query - first_query);
  double scores[kStrip];
  const Chunk& from = *corpus.chunks[chunk];
  const RowSums sum_rows = corpus.kernels->of(corpus.dtype).sums_for(corpus.metric);
  for (size_t q = first_query; q < last_query; q++) {
    if (queries[q].threshold.given_up()) continue;
    for (size_t r = 0, run; r < rows; r += run) {
      run = from.run(first + r, first + rows);
      sum_rows(queries[q].wide, from.row(first + r), run, corpus.dim, scores + r);
      finish_scores(corpus.metric, queries[q].squares, from.squares_from(first + r), run, scores + r);
    }
    for (size_t r = 0; r < rows; r++) {
      if (!admits(slot + r)) continue;
      // g of the score itself, between its neighbours.
      const double low = lowered_g(corpus.metric, scores[r]);
      offer(thread, q, slot + r, low, 4 * kRoundoff * std::fabs(low) + std::numeric_limits<double>::denorm_min());
    }
  }
}

void CertifiedSearch::every_slice(size_t count, size_t slice, const std::function<void(size_t, size_t, size_t)>& work) {
  kindred::every_slice(options, count, slice, work);
}

bool CertifiedSearch::each_slice(size_t count, size_t slice, const std::function<void(size_t, size_t, size_t)>& work) {
  return kindred::each_slice(options, count, slice, work);
}

bool CertifiedSearch::each_block(const std::function<void(size_t, const Snapshot::Block&)>& work) {
  return each_slice(corpus.blocks(), 1, [&](size_t thread, size_t number, size_t) {
    if (!given_up()) work(thread, corpus.block(number));
  });
}

bool CertifiedSearch::finish(const TopRows& answer, const std::vector<size_t>& numbers) {
  return each_slice(queries.size(), 1, [&](size_t, size_t q, size_t) {
    if (queries[q].has_candidates()) finish_query(q, answer, numbers[q]);
  });
}

void CertifiedSearch::finish_query(size_t q, const TopRows& answer, size_t number) {
  const double threshold = queries[q].threshold.get();
  std::vector<Candidate> left;
  for (const auto& of_thread : candidates) {
    for (const Candidate& each : of_thread[q].list()) {
      if (each.upper >= threshold) left.push_back(each);
    }
  }
  fine_left += left.size();
  answer.write(number, left.size() <= k_ ? score_all(queries[q], std::move(left)) : score_best(queries[q], std::move(left)));
}

double CertifiedSearch::score_of(const Query& query, uint32_t slot) const {
  const Chunk& chunk = *corpus.chunks[slot / corpus.chunk_rows];
  const size_t row = slot % corpus.chunk_rows;
  double score;
  corpus.kernels->of(corpus.dtype).sums_for(corpus.metric)(query.wide, chunk.row(row), 1, corpus.dim, &score);
  finish_scores(corpus.metric, query.squares, chunk.squares_from(row), 1, &score);
  return score;
}

void CertifiedSearch::prefetch_row([[maybe_unused]] uint32_t slot) const {
#if defined(__GNUC__)
  constexpr size_t kCacheLine = 64;
  const uint8_t* row = corpus.chunks[slot / corpus.chunk_rows]->row(slot % corpus.chunk_rows);
  for (size_t at = 0; at < corpus.dim * element_bytes(corpus.dtype); at += kCacheLine) __builtin_prefetch(row + at);
#endif
}

// No more candidates than rows wanted: each is scored, in the order of memory.
std::vector<Hit> CertifiedSearch::score_all(const Query& query, std::vector<Candidate> left) {
  constexpr size_t kSlice = 1024;
  std::sort(left.begin(), left.end(), [](const Candidate& a, const Candidate& b) { return a.slot < b.slot; });
  std::vector<Hit> hits(left.size());
  each_slice(left.size(), kSlice, [&](size_t, size_t first, size_t last) {
    for (size_t n = first; n < last; n++) hits[n] = {score_of(query, left[n].slot), left[n].slot};
  });
  scored += left.size();
  hits.erase(std::remove_if(hits.begin(), hits.end(), [&](const Hit& hit) { return !(hit.score >= options.min_score); }), hits.end());
  std::sort(hits.begin(), hits.end(), precedes);
  return hits;
}

// The candidates of the highest bounds first, until no other can be among the best.
std::vector<Hit> CertifiedSearch::score_best(const Query& query, std::vector<Candidate> left) {
  std::sort(left.begin(), left.end(), [](const Candidate& a, const Candidate& b) {
    return a.upper > b.upper || (a.upper == b.upper && a.slot < b.slot);
  });
  std::vector<Hit> best;  // a heap whose front is the worst kept
  best.reserve(k_);
  size_t done = 0;
  constexpr size_t kBetweenLooks = 1024, kAhead = 3;
  for (; done < left.size(); done++) {
    if (done % kBetweenLooks == 0 && cancelled()) break;
    if (best.size() == k_ && left[done].upper < lowered_g(corpus.metric, best.front().score)) break;
    if (done + kAhead < left.size()) prefetch_row(left[done + kAhead].slot);
    const Hit hit = {score_of(query, left[done].slot), left[done].slot};
    if (!(hit.score >= options.min_score)) continue;
    if (best.size() == k_) {
      if (!precedes(hit, best.front())) continue;
      std::pop_heap(best.begin(), best.end(), precedes);
      best.back() = hit;
    } else {
      best.push_back(hit);
    }
    std::push_heap(best.begin(), best.end(), precedes);
  }
  scored += done;
  std::sort_heap(best.begin(), best.end(), precedes);
  return best;
}

Rest::Rest(const CertifiedSearch& search, const std::vector<size_t>& of, bool (*is_left)(const Query&)) {
  const size_t dim = search.corpus.dim;
  for (size_t q = 0; q < of.size(); q++) {
    if (!is_left(search.queries[q])) continue;
    wide.insert(wide.end(), search.queries[q].wide, search.queries[q].wide + dim);
    numbers.push_back(of[q]);
  }
}

std::vector<EncodedQuery> encode_queries(CertifiedSearch& search, QueryBits bits) {
  constexpr size_t kTogether = 32;
  const bool for_codes = bits == QueryBits::kForCodes;
  const int32_t range = for_codes ? search.corpus.filter->query_range : kByteRange;
  std::vector<EncodedQuery> encoded(search.queries.size());
  search.every_slice(encoded.size(), kTogether, [&](size_t, size_t first, size_t last) {
    std::vector<double> y(search.corpus.dim);
    for (size_t q = first; q < last; q++) {
      search.unit_query(q, y.data());
      encoded[q] = EncodedQuery(*search.corpus.transform, search.corpus.metric, range, !for_codes, y.data());
    }
  });
  return encoded;
}

StripError::StripError(const Snapshot& corpus)
    : rounding_(corpus.metric, corpus.dim, corpus.transform->log2_block()),
      mean_norm_(corpus.transform->mean_norm()) {}

EncodedStrip encoded_strip(const Snapshot& corpus, size_t chunk, size_t index) {
  const EncodedChunk* encoded = corpus.encoded[chunk].get();
  const bool usable = encoded != nullptr && index < encoded->strips() && encoded->valid[index] != 0 &&
                      encoded->strip(index).scale > 0;
  return {usable ? encoded : nullptr, index};
}

std::vector<StripPlace> spread_strips(const CertifiedSearch& search, size_t count) {
  const Snapshot& corpus = search.corpus;
  const size_t per_chunk = corpus.chunk_rows / kStrip, all = corpus.size / kStrip;
  std::vector<StripPlace> places;
  for (size_t n = 0; n < std::min(count, all); n++) {
    const size_t strip = n * all / std::min(count, all);
    const StripPlace place = {strip / per_chunk, strip % per_chunk};
    if (encoded_strip(corpus, place.chunk, place.index) && search.admits_all(strip * kStrip, kStrip)) {
      places.push_back(place);
    }
  }
  return places;
}

}  // namespace kindred
