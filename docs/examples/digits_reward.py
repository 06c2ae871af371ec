"""Handwritten digits by reward alone: a network that guesses and hears whether it was right.

    python docs/examples/digits_reward.py [--quick] [--seeds 5] [--backend event] [--no-feedback]

needs MNIST's 10,000 test images under PYSNN_DATA/mnist10k, of which 8,000 are learnt and 2,000 named, and
prints a line of JSON: per cent named right, beside what logistic regression and three nearest neighbours,
which are told the labels, make of the same parts. The network is that of ``digit_patches.py``. At the end
of each image a class is drawn by the softmax of the readouts, and all that is told is whether it was
right: reward less the reward to be expected, times what the guess was surprising by
(``net.error(loss="reward")``). Hidden neurons learn by three-factor STDP with what of it comes back
through the readouts' weights.
"""

from __future__ import annotations

from digit_patches import STEPS, TAU, main

import pysnn as snn

if __name__ == "__main__":
    main(
        __doc__,
        snn.ThreeFactorSTDP(eta=0.06 / STEPS, tau_x=TAU),
        eta_out=0.1,
        loss="reward",
        passes=5,
        backends=("event", "clock"),
    )
