// Adding up bitmaps: how many of them have each bit.
#pragma once
#include <cstdint>
#include <span>

namespace pysnn {

// count[t] += the number of runs whose bitmap, bits + run * words, has bit t. `words` is a multiple of 8.
void sum_bitmaps(std::span<const std::uint32_t> runs, const std::uint64_t* bits, std::uint32_t words,
                 std::uint16_t* count);
void sum_bitmaps(std::span<const std::uint32_t> runs, const std::uint64_t* bits, std::uint32_t words,
                 std::uint32_t* count);

}  // namespace pysnn
