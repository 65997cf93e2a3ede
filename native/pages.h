// Asking the operating system for large pages, where it can be asked.
#pragma once
#include <cstddef>

namespace kindred {

// Tells the system that fresh memory about to be filled had better come in large pages: the first touch of a hundred
// megabytes in small ones costs as much as a fifth of the matrix that fills them. Only a hint; the contents stay as they are.
void prefer_large_pages(void* start, size_t bytes);

}  // namespace kindred
