// Follows docs/internals/exactness.md, "The encoding", step by step.
#include "encoding/encode.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "encoding/certificate.h"

namespace kindred {

namespace {

// Of codes, as the kernels round them.
constexpr double kCodeRange = 127;
constexpr double kWordRange = 32512;
// What an average bound is made of.
constexpr size_t kBoundElements = 1 << 18, kFewestStrips = 6;

// At least x, in 24 significant bits: products with small integers are then exact. Next to nothing becomes 0, so that no
// inverse overflows and no product of two scales vanishes.
double round_up_24_bits(double x) {
  if (x < 0x1p-500) return 0;
  int exponent;
  const double mantissa = std::frexp(x, &exponent);
  return std::ldexp(std::ceil(std::ldexp(mantissa, 24)), exponent - 24);
}

// The nearest integer of |x| < 2^51, ties to even: adding and taking away 1.5 * 2^52 leaves no room for a fraction. Written so
// that it vectorizes for any CPU.
inline double nearest(double x) {
  constexpr double kNoFraction = 0x1.8p52;
  return (x + kNoFraction) - kNoFraction;
}

double smallest_power_of_two_above(double x) {
  if (x == 0) return 0;
  int exponent;
  const double mantissa = std::frexp(x, &exponent);
  return std::ldexp(1.0, mantissa == 0.5 ? exponent - 1 : exponent);
}

// The integers nearest to b / step, |z| <= range, for `use`.
template <class Use>
QueryCode encode_query(const std::vector<double>& b, double largest, double range, Use use) {
  const double step = round_up_24_bits(largest / range);
  const double inverse = step == 0 ? 0 : 1 / step;
  QueryCode code = {step, 0, 0};
  double squares = 0;
  for (size_t j = 0; j < b.size(); j++) {
    const double z = nearest(std::min(range, std::max(-range, b[j] * inverse)));
    const double lost = b[j] - step * z;
    squares += lost * lost;
    code.sum += static_cast<int64_t>(z);
    use(j, static_cast<int32_t>(z));
  }
  code.rest = norm_bound(squares, b.size());
  return code;
}

}  // namespace

StripBlock::StripBlock(size_t strips, size_t half)
    : capacity(strips), half(half), planes(allocate_bytes(2 * strips * kStrip * half)), offsets(strips * kStrip), bounds(strips) {}

void StripBlock::copy(const StripBlock& from, size_t first, size_t count, size_t to) {
  std::memcpy(high(to), from.high(first), count * kStrip * half);
  std::memcpy(low(to), from.low(first), count * kStrip * half);
  std::copy_n(from.offsets.data() + first * kStrip, count * kStrip, offsets.data() + to * kStrip);
  std::copy_n(from.bounds.data() + first, count, bounds.data() + to);
}

EncodedChunk::EncodedChunk(size_t strips, size_t dim)
    : valid(strips, 0),
      blocks_(std::make_shared<StripBlock>(strips, plane_bytes(dim)), kStrip * (2 * plane_bytes(dim) + sizeof(float)) + sizeof(Strip)) {}

EncodedChunk::EncodedChunk(const EncodedChunk& other, size_t strips)
    : valid(other.valid), blocks_(other.blocks_.flat(strips, other.strips())) {
  valid.resize(strips, 0);
}

StripPlaces EncodedChunk::places(size_t strip) const {
  const auto [block, index] = at(strip);
  return {block->high(index), block->low(index), block->offsets.data() + index * kStrip, &block->bounds[index]};
}

size_t EncodedChunk::bytes() const {
  size_t total = valid.size();
  blocks_.each_block([&](const StripBlock& block) { total += block.bytes(); });
  return total;
}

void encode_strip(const Transform& transform, Metric metric, double* rows, const StripPlaces& to) {
  const size_t dim = transform.dim(), half = plane_bytes(dim);
  const EncodingKernels& kernels = transform.kernels();
  double offsets[kStrip], largest = 0, norm = 0;
  for (size_t r = 0; r < kStrip; r++) {
    double* a = rows + r * dim;
    const double along = transform.along_mean(a);
    transform.apply(a);
    double squares, most;
    kernels.measure(a, dim, &squares, &most);
    offsets[r] = metric == Metric::kEuclidean ? -0.5 * squares : along;
    norm = std::max(norm, norm_bound(squares, dim));
    largest = std::max(largest, most);
  }
  double unit = 0;
  for (const double offset : offsets) unit = std::max(unit, std::fabs(offset));
  Strip strip = {round_up_24_bits(largest / kCodeRange), smallest_power_of_two_above(unit), 0, 0, 0};
  std::vector<uint8_t> codes(2 * half, 128);
  for (size_t r = 0; r < kStrip; r++) {
    double fine, coarse;
    kernels.round(rows + r * dim, dim, strip.scale, codes.data(), &fine, &coarse);
    kernels.split(codes.data(), half, to.high + r * half, to.low + r * half);
    strip.fine = std::max(strip.fine, norm_bound(fine, dim));
    strip.coarse = std::max(strip.coarse, norm_bound(coarse, dim));
    to.offsets[r] = strip.unit == 0 ? 0 : static_cast<float>(offsets[r] / strip.unit);
  }
  strip.reach = sum_bound(norm, strip.fine);
  *to.strip = strip;
}

bool describes(const Transform& transform, Metric metric, double* rows, const StripPlaces& encoded) {
  const size_t dim = transform.dim(), half = plane_bytes(dim);
  const Strip& strip = *encoded.strip;
  const double twice_mean = 2 * transform.mean_norm();
  // Whoever encoded it may have rounded differently, within eta.
  const double slack = Rounding(metric, dim, transform.log2_block()).factor() * (strip.reach + twice_mean);
  const double forgiven = 2 * slack + 0x1p-500;
  const double offset_slack = 2 * (slack * (strip.reach + twice_mean) + kFloatRoundoff * strip.unit);
  for (size_t r = 0; r < kStrip; r++) {
    double* a = rows + r * dim;
    const double along = transform.along_mean(a);
    transform.apply(a);
    const double squares = transform.kernels().dot(a, a, dim);
    const double offset = metric == Metric::kEuclidean ? -0.5 * squares : along;
    if (!(std::fabs(static_cast<double>(encoded.offsets[r]) * strip.unit - offset) <= offset_slack)) return false;
    const uint8_t* high = encoded.high + r * half;
    const uint8_t* low = encoded.low + r * half;
    double fine = 0, coarse = 0;
    for (size_t j = 0; j < dim; j++) {
      const size_t at = j < half ? j : j - half, shift = j < half ? 0 : 4;
      const int h = high[at] >> shift & 15, l = low[at] >> shift & 15;
      const double lost = a[j] - strip.scale * (16 * h + l - 128), lost_coarsely = a[j] - strip.scale * (16 * h - 120.5);
      fine += lost * lost;
      coarse += lost_coarsely * lost_coarsely;
    }
    const bool bounded = std::sqrt(fine) <= strip.fine + forgiven && std::sqrt(coarse) <= strip.coarse + forgiven &&
                         std::sqrt(squares) + strip.fine <= strip.reach + forgiven;
    if (!bounded) return false;
  }
  return true;
}

double average_bound(const Transform& transform, Metric metric, const std::vector<double>& sample) {
  const size_t dim = transform.dim(), half = plane_bytes(dim), all = sample.size() / (kStrip * dim);
  // Long rows tell as much in fewer strips: whoever waits for this waits a few milliseconds.
  const size_t strips = std::min(all, std::max(kFewestStrips, kBoundElements / (kStrip * dim)));
  std::vector<uint8_t> planes(2 * kStrip * half);
  std::vector<double> rows(kStrip * dim);
  float offsets[kStrip];
  double coarse = 0, norms = 0;
  for (size_t s = 0; s < strips; s++) {
    Strip strip;
    std::copy_n(sample.data() + s * all / strips * kStrip * dim, kStrip * dim, rows.data());
    encode_strip(transform, metric, rows.data(), {planes.data(), planes.data() + kStrip * half, offsets, &strip});
    coarse += strip.coarse;
    for (size_t r = 0; r < kStrip; r++) {
      const double* a = rows.data() + r * dim;
      norms += std::sqrt(transform.kernels().dot(a, a, dim)) / kStrip;
    }
  }
  return strips == 0 ? 0 : coarse / static_cast<double>(strips) * norms / static_cast<double>(strips);
}

Choice choose_transform(Metric metric, size_t dim, const std::vector<double>& sample, const EncodingKernels& kernels) {
  // A plainer transform is kept unless the next one is better by more than its cost.
  constexpr double kWorthwhile = 0.95;
  std::vector<double> mean(dim, 0.0);
  const size_t rows = sample.size() / dim;
  for (size_t r = 0; r < rows; r++) {
    for (size_t j = 0; j < dim; j++) mean[j] += sample[r * dim + j];
  }
  for (double& x : mean) x /= static_cast<double>(std::max<size_t>(rows, 1));
  Choice best = {std::make_shared<Transform>(EncodingMode::kRaw, std::vector<double>(dim, 0.0), kernels), 0};
  best.bound = average_bound(*best.transform, metric, sample);
  for (const EncodingMode mode : {EncodingMode::kCentred, EncodingMode::kRotated}) {
    auto transform = std::make_shared<const Transform>(mode, mean, kernels);
    const double bound = average_bound(*transform, metric, sample);
    if (bound < kWorthwhile * best.bound) best = {std::move(transform), bound};
  }
  return best;
}

EncodedQuery::EncodedQuery(const Transform& transform, Metric metric, int32_t range, bool has_words, double* y)
    : bytes(2 * plane_bytes(transform.dim()), 0), words(has_words ? 2 * bytes.size() : 0, 0) {
  const size_t dim = transform.dim();
  std::vector<double> b(y, y + dim);
  transform.apply(b.data());
  double squares, largest;
  transform.kernels().measure(b.data(), dim, &squares, &largest);
  norm = norm_bound(squares, dim);
  if (metric == Metric::kEuclidean) {
    offset = -0.5 * squares;
  } else {
    for (size_t j = 0; j < dim; j++) y[j] -= transform.mean()[j];
    offset = transform.along_mean(y);
  }
  byte = encode_query(b, largest, range, [&](size_t j, int32_t z) { bytes.data()[j] = static_cast<int8_t>(z); });
  if (!has_words) return;
  word = encode_query(b, largest, kWordRange, [&](size_t j, int32_t z) {
    const int32_t high = (z + 128) >> 8;
    words.data()[j] = static_cast<int8_t>(high);
    words.data()[bytes.size() + j] = static_cast<int8_t>(z - 256 * high);
  });
}

}  // namespace kindred
