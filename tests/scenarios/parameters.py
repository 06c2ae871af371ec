"""The published networks, scaled down so that seconds of model time take seconds here.

BRUNEL: Brunel (2000), J. Comput. Neurosci. 8:183, model A, asynchronous irregular state (g 6,
nu_ext/nu_thr 1), with a tenth of the neurons and connections and five times the weight. CUBA: Vogels & Abbott
(2005), J. Neurosci. 25:10786, as benchmark 2 of Brette et al. (2007), J. Comput. Neurosci. 23:349,
with a quarter of the neurons and the published number of inputs (80) of a neuron; COBA: likewise its
benchmark 1 (pysnn.networks.coba). MICROCIRCUIT: Potjans &
Diesmann (2014), Cereb. Cortex 24:785, at a tenth of the neurons and inputs
(pysnn.networks.microcircuit says how).
"""

from __future__ import annotations

from typing import Any

T_START, T_STOP = 200.0, 1200.0  # ms; the transient before T_START is left out

BRUNEL: dict[str, Any] = {
    "n_exc": 1000,
    "n_inh": 250,
    "c_exc": 100,
    "c_inh": 25,
    "weight": 0.5,  # mV
    "g": 6.0,
    "delay": 1.5,  # ms
    # nu_ext C_E = (v_th - e_l) / (J tau_m): 2 spikes a ms and neuron, as one process
    "drive": 2_000.0,  # Hz
    "tau_m": 20.0,
    "v_th": 20.0,
    "v_reset": 10.0,
    "t_ref": 2.0,
}

CUBA: dict[str, Any] = {
    "n_exc": 800,
    "n_inh": 200,
    "c_exc": 64,
    "c_inh": 16,
    "w_exc": 16.2,  # pA: 1.62 mV times c_m / tau_m, cut as in the peers' drivers
    "w_inh": -90.0,
    "delay": 0.1,
    "tau_m": 20.0,
    "tau_exc": 5.0,
    "tau_inh": 10.0,
    "c_m": 200.0,
    "e_l": -49.0,
    "v_th": -50.0,
    "v_reset": -60.0,
    "t_ref": 5.0,
}

COBA_SCALE = 0.25
MICROCIRCUIT_SCALE = 0.1
