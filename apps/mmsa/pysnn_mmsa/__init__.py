"""Multimodal sentiment analysis on spiking networks: a user of pysnn's public interface.

The way of the data: ``dataset`` (utterances with text, voice and face, labels, a split) -> ``features``
(tables of numbers) -> ``encode`` (spike trains) -> ``network`` (spiking layers that learn by STDP on the
engine) -> ``readout`` (a local online rule on spike counts) -> ``fuse`` (votes of modalities, context of a
video) -> ``evaluate`` (metrics beside floors) -> ``runfolder`` and ``report``.
"""
