"""The parts of the OpenCL engine; pysnn/backends/opencl.py puts them together.

A neuron model or rule runs here if it has a kernel, kernels/<file>.cl, named as its own file: the kernel's
constants are those that its step or rule in C++ tells (``constants()``).
"""
