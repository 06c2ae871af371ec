"""Synapse types. Weights and delays keep PyNN's units here and are converted where a network is built."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import ModelNotAvailable, build_translations, synapses

import pysnn as snn

from .simulator import state

__all__ = [
    "AdditivePotentiationMultiplicativeDepression",
    "AdditiveWeightDependence",
    "ElectricalSynapse",
    "GutigWeightDependence",
    "MultiQuantalSynapse",
    "MultiplicativeWeightDependence",
    "STDPMechanism",
    "SimpleStochasticSynapse",
    "SpikePairRule",
    "StaticSynapse",
    "StochasticTsodyksMarkramSynapse",
    "TsodyksMarkramSynapse",
    "Vogels2011Rule",
]


class _Delayed:
    def _get_minimum_delay(self) -> float:
        return state.default_delay


class _Plain(_Delayed):
    # Names of parameters that make a rule, or a law of short-term plasticity; synapses that are alike in them
    # are one projection of pysnn.
    shared: tuple[str, ...] = ()
    # Whether it depends, besides, on the time constant of the receptor ("tau_syn").
    by_receptor = False

    def options(self, values: dict[str, float], scale: float) -> dict[str, Any]:
        """Arguments of ``Network.projection`` for synapses with these shared parameters."""
        return {}


class StaticSynapse(_Plain, synapses.StaticSynapse):
    __doc__ = synapses.StaticSynapse.__doc__
    translations = build_translations(("weight", "weight"), ("delay", "delay"))


class TsodyksMarkramSynapse(_Plain, synapses.TsodyksMarkramSynapse):
    __doc__ = synapses.TsodyksMarkramSynapse.__doc__
    translations = build_translations(
        ("weight", "weight"),
        ("delay", "delay"),
        ("U", "U"),
        ("tau_rec", "tau_rec"),
        ("tau_facil", "tau_facil"),
    )
    shared = ("U", "tau_rec", "tau_facil")
    by_receptor = True

    def options(self, values: dict[str, float], scale: float) -> dict[str, Any]:
        """Depression and facilitation, of what is active as long as the current flows, as in the paper."""
        law = snn.TsodyksMarkram(
            values["U"], values["tau_rec"], values["tau_facil"], tau_psc=values["tau_syn"]
        )
        return {"dynamics": law}


class SimpleStochasticSynapse(_Plain, synapses.SimpleStochasticSynapse):
    __doc__ = synapses.SimpleStochasticSynapse.__doc__
    translations = build_translations(("weight", "weight"), ("delay", "delay"), ("p", "p"))
    shared = ("p",)

    def options(self, values: dict[str, float], scale: float) -> dict[str, Any]:
        """Each spike is sent with probability p: resources that are there again at once."""
        return {"dynamics": snn.TsodyksMarkram(U=values["p"], tau_rec=1e-12, stochastic=True)}


class StochasticTsodyksMarkramSynapse(ModelNotAvailable):
    """Not available: a release that fails would have to leave the resources as they are."""


class MultiQuantalSynapse(ModelNotAvailable):
    """Not available: pysnn's synapses have one release site."""


class ElectricalSynapse(ModelNotAvailable):
    """Not available: pysnn's neurons meet by spikes alone."""


class STDPMechanism(_Plain, synapses.STDPMechanism):
    __doc__ = synapses.STDPMechanism.__doc__
    base_translations = build_translations(
        ("weight", "weight"),
        ("delay", "delay"),
        ("dendritic_delay_fraction", "dendritic_delay_fraction"),
    )

    def _build_translations(self) -> None:
        # PyNN's own extends the dictionary of the class, that all mechanisms share.
        self.translations = dict(self.base_translations)
        for component in (self.timing_dependence, self.weight_dependence, self.voltage_dependence):
            if component:
                self.translations.update(component.translations)
        if self.voltage_dependence is not None:
            raise NotImplementedError("STDPMechanism: pysnn has no voltage_dependence")
        if self.timing_dependence is None or self.weight_dependence is None:
            raise ValueError("STDPMechanism: expected a timing_dependence and a weight_dependence")
        self.timing_dependence.check(self.weight_dependence)

    @property
    def shared(self) -> tuple[str, ...]:
        """All parameters but the weight and the delay."""
        return tuple(name for name in self.get_parameter_names() if name not in ("weight", "delay"))

    def options(self, values: dict[str, float], scale: float) -> dict[str, Any]:
        """The rule, and where along the delay it is."""
        rule = self.timing_dependence.rule(self.weight_dependence, values, scale)
        return {"plasticity": rule, "dendritic_fraction": float(values["dendritic_delay_fraction"])}


class AdditiveWeightDependence(synapses.AdditiveWeightDependence):
    __doc__ = synapses.AdditiveWeightDependence.__doc__
    translations = build_translations(("w_max", "w_max"), ("w_min", "w_min"))
    possible_models = {"PairSTDP", "VogelsSTDP"}
    exponents = (0.0, 0.0)


class MultiplicativeWeightDependence(synapses.MultiplicativeWeightDependence):
    __doc__ = synapses.MultiplicativeWeightDependence.__doc__
    translations = build_translations(("w_max", "w_max"), ("w_min", "w_min"))
    possible_models = {"PairSTDP"}
    exponents = (1.0, 1.0)


class AdditivePotentiationMultiplicativeDepression(synapses.AdditivePotentiationMultiplicativeDepression):
    __doc__ = synapses.AdditivePotentiationMultiplicativeDepression.__doc__
    translations = build_translations(("w_max", "w_max"), ("w_min", "w_min"))
    possible_models = {"PairSTDP"}
    exponents = (0.0, 1.0)


class GutigWeightDependence(synapses.GutigWeightDependence):
    __doc__ = synapses.GutigWeightDependence.__doc__
    translations = build_translations(
        ("w_max", "w_max"), ("w_min", "w_min"), ("mu_plus", "mu_plus"), ("mu_minus", "mu_minus")
    )
    possible_models = {"PairSTDP"}
    exponents = None  # they are parameters


class SpikePairRule(synapses.SpikePairRule):
    __doc__ = synapses.SpikePairRule.__doc__
    translations = build_translations(
        ("tau_plus", "tau_plus"), ("tau_minus", "tau_minus"), ("A_plus", "A_plus"), ("A_minus", "A_minus")
    )
    possible_models = {"PairSTDP"}

    def check(self, weight_dependence: Any) -> None:
        """Every weight dependence of PyNN goes with pairs."""

    def rule(self, weight_dependence: Any, values: dict[str, float], scale: float) -> snn.PlasticityRule:
        """``PairSTDP`` with these numbers."""
        mu_plus, mu_minus = weight_dependence.exponents or (values["mu_plus"], values["mu_minus"])
        if values["w_min"] != 0.0 and (mu_plus, mu_minus) != (0.0, 0.0):
            raise NotImplementedError(
                f"{type(weight_dependence).__name__}: w_min = {values['w_min']:g}: where changes depend on "
                "the weight, pysnn's do so on w and not on w - w_min: only w_min = 0 is the same"
            )
        return snn.PairSTDP(
            tau_plus=values["tau_plus"],
            tau_minus=values["tau_minus"],
            a_plus=values["A_plus"],
            a_minus=values["A_minus"],
            w_max=values["w_max"] * scale,
            w_min=values["w_min"] * scale,
            mu_plus=mu_plus,
            mu_minus=mu_minus,
        )


class Vogels2011Rule(synapses.Vogels2011Rule):
    __doc__ = synapses.Vogels2011Rule.__doc__
    translations = build_translations(("tau", "tau"), ("eta", "eta"), ("rho", "rho"))
    possible_models = {"VogelsSTDP"}

    def check(self, weight_dependence: Any) -> None:
        """Changes do not depend on the weight."""
        if not isinstance(weight_dependence, AdditiveWeightDependence):
            raise NotImplementedError(
                f"Vogels2011Rule: expected AdditiveWeightDependence (got {type(weight_dependence).__name__})"
            )

    def rule(self, weight_dependence: Any, values: dict[str, float], scale: float) -> snn.PlasticityRule:
        """``VogelsSTDP``, whose eta is in units of w_max."""
        return snn.VogelsSTDP(
            eta=values["eta"] / values["w_max"],
            tau=values["tau"],
            rho_0=values["rho"],
            w_max=values["w_max"] * scale,
            w_min=values["w_min"] * scale,
        )
