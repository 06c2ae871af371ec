"""Handwritten digits with labels: hidden neurons learn by e-prop, from one error an image.

    python docs/examples/digits_labels.py [--quick] [--seeds 5] [--no-shifts] [--no-feedback]

needs MNIST's 10,000 test images under PYSNN_DATA/mnist10k, of which 8,000 are learnt and 2,000 named, and
prints a line of JSON: per cent named right, beside what logistic regression and three nearest neighbours
make of the same parts. The network is that of ``digit_patches.py``. A hidden synapse is eligible by how
close its neuron was to its threshold while the synapse was active (the pseudo-derivative of e-prop), on
average over the presentation; the learning signal of its neuron, one number at the end of each image,
turns that into weight.

``--no-shifts`` shows training images in the middle alone; ``--no-feedback`` leaves hidden weights as
drawn: what the readout alone can do.
"""

from __future__ import annotations

from digit_patches import DURATION, STEPS, main

import pysnn as snn

if __name__ == "__main__":
    main(
        __doc__,
        snn.EProp(eta=0.03 * DURATION / STEPS, gamma=1.0, read="mean"),
        eta_out=0.05,
        loss="softmax",
        passes=5,
        backends=("clock",),
    )
