"""The parts of the OpenCL engine; pysnn/backends/opencl.py puts them together.

A neuron model or rule runs here if it has a kernel, kernels/<file>.cl, and here a module of the same
name, neurons/<file>.py or plasticity/<file>.py, that computes the kernel's constants in double precision.
"""
