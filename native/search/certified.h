// The search by filter, certificate and rescoring (docs/internals/exactness.md): what its passes share.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "order/best.h"
#include "search/candidates.h"
#include "encoding/certificate.h"
#include "rows/snapshot.h"
#include "encoding/encode.h"
#include "search/search_request.h"

namespace kindred {

struct Query {
  Query(const Snapshot& corpus, const double* wide, double start);

  const double* wide;  // as given, in float64
  double squares;      // the canonical dot with itself
  Threshold threshold;
  bool is_left_over = false;  // strips could not tell what its rows are; another pass is to find them

  // Whether its answer is found here, by scoring the candidates. Else every row is scored, or another pass goes over them.
  bool has_candidates() const { return !is_left_over && !threshold.given_up(); }
};

// Candidates of one query beyond which every row is better scored by tiles.
size_t most_candidates(const Snapshot& corpus, size_t k);

// One block of queries against a snapshot. Passes go over the rows and leave candidates; `finish` scores these.
class CertifiedSearch {
 public:
  CertifiedSearch(const Snapshot& corpus, const SearchOptions& options, const double* queries, size_t count);

  // y-hat: the query as the bounds see it, divided by its norm for the cosine.
  void unit_query(size_t q, double* y) const;

  // Whether any row of these slots may be in the answer.
  bool admits_any(size_t first, size_t rows) const;
  bool admits_all(size_t first, size_t rows) const;
  bool admits(size_t slot) const { return options.admit == nullptr || options.admit[slot] != 0; }

  // Adds a row whose g lies in [middle - error, middle + error], unless it is known to be too low.
  void offer(size_t thread, size_t q, size_t slot, double middle, double error) {
    Threshold& threshold = queries[q].threshold;
    if (middle + error >= threshold.get()) {
      candidates[thread][q].add(middle - error, middle + error, static_cast<uint32_t>(slot), threshold);
    }
  }
  // Scores at most kStrip rows canonically and offers them to each query from `first_query` to `last_query`.
  void offer_scored(size_t thread, size_t chunk, size_t first, size_t rows, size_t first_query, size_t last_query);

  // Calls use(strip, first slot) for the encoded strips of a block that are asked for; scores the other rows of it at once, for
  // queries from `first_query` to `last_query`.
  template <class Use>
  void each_strip(size_t thread, const Snapshot::Block& block, size_t first_query, size_t last_query, Use use);

  // Scores the candidates of all queries that have them, and writes query q's answer as number numbers[q].
  bool finish(const TopRows& answer, const std::vector<size_t>& numbers);

  // Calls work(thread, first, last) for slices of 0 .. count, on as many threads as the search has.
  void every_slice(size_t count, size_t slice, const std::function<void(size_t, size_t, size_t)>& work);
  // The same until it is cancelled; false if it was.
  bool each_slice(size_t count, size_t slice, const std::function<void(size_t, size_t, size_t)>& work);
  // Calls work(thread, block) for every block of rows, until all queries have given up.
  bool each_block(const std::function<void(size_t, const Snapshot::Block&)>& work);
  bool cancelled() const { return options.cancelled(); }
  bool given_up() const {
    return std::all_of(queries.begin(), queries.end(), [](const Query& query) { return query.threshold.given_up(); });
  }

  const Snapshot& corpus;
  const SearchOptions& options;
  std::deque<Query> queries;
  std::vector<std::vector<Candidates>> candidates;  // [thread][query]
  std::atomic<uint64_t> coarse_left{0}, fine_left{0}, scored{0};
  bool used_coarse = false;

 private:
  void finish_query(size_t q, const TopRows& answer, size_t number);
  std::vector<Hit> score_all(const Query& query, std::vector<Candidate> left);
  std::vector<Hit> score_best(const Query& query, std::vector<Candidate> left);
  double score_of(const Query& query, uint32_t slot) const;
  // Asks for a row that is scored soon: candidates lie anywhere.
  void prefetch_row(uint32_t slot) const;

  size_t k_;
};

// Those queries of a search that are to be answered another way, side by side; query q is number of[q].
struct Rest {
  Rest(const CertifiedSearch& search, const std::vector<size_t>& of, bool (*is_left)(const Query&));

  std::vector<double> wide;
  std::vector<size_t> numbers;
};

// Queries encoded against a corpus's transform.
std::vector<EncodedQuery> encode_queries(CertifiedSearch& search, QueryBits bits);

// Four bits of a row's codes, or all eight.
enum class Stage { kCoarse, kFine };

// How far an estimate of a strip's rows may be off for one query.
class StripError {
 public:
  explicit StripError(const Snapshot& corpus);

  double at(Stage stage, const Strip& strip, const EncodedQuery& query, const QueryCode& code) const {
    return stage == Stage::kCoarse ? coarse(strip, query, code) : fine(strip, query, code);
  }

  double coarse(const Strip& strip, const EncodedQuery& query, const QueryCode& code) const {
    return error(strip, query, code, strip.coarse, sum_bound(strip.reach, strip.coarse));
  }
  double fine(const Strip& strip, const EncodedQuery& query, const QueryCode& code) const {
    return error(strip, query, code, strip.fine, strip.reach);
  }

  const Rounding& rounding() const { return rounding_; }
  double mean_norm() const { return mean_norm_; }

 private:
  double error(const Strip& strip, const EncodedQuery& query, const QueryCode& code, double lost, double reach) const {
    return lost * query.norm + reach * code.rest + kFloatRoundoff * strip.unit +
           rounding_(reach + 2 * mean_norm_, query.norm + code.rest + 2 * mean_norm_);
  }

  Rounding rounding_;
  double mean_norm_;
};

// Strip `index` of chunk `chunk`, null where it is not encoded or has nothing to tell rows apart by.
struct EncodedStrip {
  const EncodedChunk* chunk;
  size_t index;
  explicit operator bool() const { return chunk != nullptr; }
  const Strip& bounds() const { return chunk->strip(index); }
};
EncodedStrip encoded_strip(const Snapshot& corpus, size_t chunk, size_t index);

template <class Use>
void CertifiedSearch::each_strip(size_t thread, const Snapshot::Block& block, size_t first_query, size_t last_query, Use use) {
  const size_t first_slot = block.chunk * corpus.chunk_rows;
  for (size_t first = block.first; first < block.last; first += kStrip) {
    const size_t in_strip = std::min(kStrip, block.last - first);
    if (!admits_any(first_slot + first, in_strip)) continue;
    const EncodedStrip strip = in_strip == kStrip ? encoded_strip(corpus, block.chunk, first / kStrip) : EncodedStrip{nullptr, 0};
    if (strip) {
      use(strip, first_slot + first);
    } else {
      offer_scored(thread, block.chunk, first, in_strip, first_query, last_query);
    }
  }
}

// Strips spread over the corpus that are encoded and wholly admitted: at most `count`.
struct StripPlace {
  size_t chunk, index;
};
std::vector<StripPlace> spread_strips(const CertifiedSearch& search, size_t count);

// The passes. Each goes over all rows and leaves candidates. False if the search was cancelled.
// Planes: four bits of every row before eight. For few queries, or where there is no integer matrix product.
bool plane_pass(CertifiedSearch& search);
// Half codes: four bits tell strips apart by an integer matrix product, then rows of those left. For some queries on rows of which
// few are alike; others are left over.
bool half_code_pass(CertifiedSearch& search);
// Codes: the integer matrix product, for many queries.
bool code_pass(CertifiedSearch& search);
// Floats: the float32 matrix product, for rows that are not encoded.
bool float_pass(CertifiedSearch& search);

}  // namespace kindred
