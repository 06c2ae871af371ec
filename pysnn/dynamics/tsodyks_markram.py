"""Depression and facilitation of synapses."""

from __future__ import annotations

from ..base.params import param
from .base import Dynamics


class TsodyksMarkram(Dynamics):
    """Short-term depression and facilitation by resources that spikes use and that recover.

    With x the resources that are there (1 at first) and u the share of them that a spike uses (U at the
    first), a spike of the source sends w u x. From one spike to the next, h later,

    x <- 1 + (x - x u - 1) exp(-h / tau_rec),    u <- U + u (1 - U) exp(-h / tau_fac),

    with the old u in the first. A weight is thus what all resources together would send: with U = 0.5 a
    first spike sends half of it. The state belongs to the source and the projection, is worked out when the
    spike sets out, and is exact whatever the engine.

    With ``tau_psc`` > 0 what a spike has used is active first: with this time constant, usually that of the
    synaptic current, it passes into what recovers with ``tau_rec``. That is the model of Tsodyks, Uziel &
    Markram (2000) and of NEST's ``tsodyks_synapse``.

    Stochastic, each synapse sends all of its weight with probability u x, independently of all others, and
    nothing else; u and x are then those of the many release sites of which it shows one.

    Tsodyks & Markram (1997), PNAS 94:719; Markram, Wang & Tsodyks (1998), PNAS 95:5323; Tsodyks, Uziel &
    Markram (2000), J. Neurosci. 20:RC50; the recursion without ``tau_psc`` is that of NEST's
    ``tsodyks2_synapse``.

    Parameters
    ----------
    U : share of the resources that a first spike uses, 0 to 1.
    tau_rec : time constant of recovery, >= 1e-12 ms.
    tau_fac : time constant of facilitation, >= 0 ms; with 0 there is none.
    stochastic : whether synapses send all or nothing.
    tau_psc : time constant, >= 0 ms, with which what was used becomes inactive; with 0 at once.
    """

    U: float = param(default=0.5, low=0.0, high=1.0)
    tau_rec: float = param(default=800.0, unit="ms", low=1e-12)
    tau_fac: float = param(default=0.0, unit="ms", low=0.0)
    stochastic: bool = param(default=False)
    tau_psc: float = param(default=0.0, unit="ms", low=0.0)
