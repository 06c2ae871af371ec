"""Sparse spiking neural networks: described once, run on event-driven, clock-driven and OpenCL engines."""
