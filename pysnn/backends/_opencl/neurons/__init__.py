"""Constants of the neuron kernels, one module a model, named as the model's own."""
