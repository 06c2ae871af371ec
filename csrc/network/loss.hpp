// What the states of readout neurons miss: the derivative of a loss by each of them.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pysnn {

// softmax: of the cross entropy of p = softmax(y), e = p - wanted, where wanted is a distribution or the number of a
//   class, which stands for all of it;
// squared: of |y - wanted|^2 / 2, e = y - wanted;
// reward: the same as softmax on average, told only whether a guess was right. A class a is drawn by p, r = 1 where it
//   is the one wanted and else 0, and with p_a as the reward to be expected e_k = -(r - p_a) ([k = a] - p_k)
//   (REINFORCE, Williams 1992).
enum class Loss : std::uint8_t { softmax, squared, reward };

Loss to_loss(const std::string& name);

// Of n states `y`; `wanted` has n numbers, or one, the number of a class. `uniform` in (0, 1) is what `reward` draws
// by.
std::vector<double> error_of(Loss loss, std::span<const double> y, std::span<const double> wanted, double uniform);

}  // namespace pysnn
