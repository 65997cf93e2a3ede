// What a level computes with, as one table: nobody else knows about instruction sets. Filters have isa/generic/filter/filter.h.
#pragma once
#include "isa/generic/als.h"
#include "isa/generic/canonical.h"
#include "isa/generic/embedding.h"
#include "isa/generic/encoding.h"
#include "isa/generic/linear.h"

namespace kindred {

struct Kernels {
  CanonicalKernels canonical;
  EmbeddingKernels embedding;
  EncodingKernels encoding;
  AlsKernels als;
  LinearKernels linear;
};

}  // namespace kindred
