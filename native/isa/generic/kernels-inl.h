// The kernels of a level, written once. Each isa/<set>/kernels.cc first includes the vectors of its set, then this.
#pragma once
#include "isa/generic/als-inl.h"
#include "isa/generic/canonical-inl.h"
#include "isa/generic/embedding-inl.h"
#include "isa/generic/encoding-inl.h"
#include "isa/generic/kernels.h"
#include "isa/generic/linear-inl.h"

namespace {

constexpr kindred::Kernels all_kernels() {
  return {canonical::table(), embedding::table(), encoding::table(), als::table(), linear::table()};
}

}  // namespace
