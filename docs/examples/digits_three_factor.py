"""Handwritten digits by three-factor STDP: hidden neurons learn from spikes alone, in continuous time.

    python docs/examples/digits_three_factor.py [--quick] [--seeds 5] [--backend event] [--no-feedback]

needs MNIST's 10,000 test images under PYSNN_DATA/mnist10k, of which 8,000 are learnt and 2,000 named, and
prints a line of JSON: per cent named right, beside what logistic regression and three nearest neighbours
make of the same parts. The network is that of ``digit_patches.py``. A hidden synapse is eligible for the
pairs of a presynaptic and a later postsynaptic spike; the learning signal of its neuron, one number at the
end of each image, turns that into weight. No derivative of a spike is needed, so that the rule is exact in
continuous time.

``--no-feedback`` leaves hidden weights as drawn: what the readout alone can do.
"""

from __future__ import annotations

from digit_patches import STEPS, TAU, main

import pysnn as snn

if __name__ == "__main__":
    main(
        __doc__,
        snn.ThreeFactorSTDP(eta=0.03 / STEPS, tau_x=TAU),
        eta_out=0.05,
        loss="softmax",
        passes=5,
        backends=("event", "clock"),
    )
