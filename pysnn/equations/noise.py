"""White noise in equations, as a step of dt meets it.

A noise xi is held for a step, at a normal draw times a strength: whatever the scheme, dx/dt = f + g xi goes
through the step as under a constant drive. A strength of 1 / sqrt(dt) is right to second order in dt for the
law of x (where x relaxes with tau its variance is that of white noise times tanh(y) / y, y = dt / (2 tau)).
Where g depends on states the limit is Stratonovich's (Wong & Zakai 1965, Ann. Math. Stat. 36:1560).

Where noise enters a state that is linear in itself, as in an Ornstein-Uhlenbeck process, the strength makes
up for that factor: after each step the state has the law of the process itself, whatever dt is (Gillespie
1996, Phys. Rev. E 54:2084).
"""

from __future__ import annotations

from .declaration import Declaration
from .kernel import zero
from .symbols import Expr, affine, depends, functions, symbol, sympy


def held_for_a_step(d: Declaration, noise: str) -> Expr:
    """What a standard normal draw is multiplied by, of parameters and dt alone."""
    dt, rate = symbol("dt"), _relaxes(d, noise)
    if rate == 0:
        return 1 / sympy().sqrt(dt)
    # y / tanh(y) = (e^2y + 1) / (2 exprel(2y)), with 2y = rate dt; the same for either sign of it.
    twice = rate * dt
    exp, exprel = sympy().exp, functions().exprel
    return sympy().sqrt((exp(twice) + 1) / (2 * exprel(twice) * dt))


def _relaxes(d: Declaration, noise: str) -> Expr:
    """The b of dx/dt = a + b x + g xi, of the one state that the noise enters; 0 where there is none such."""
    everything = {*d.symbols.values(), *d.driven_by}
    entered = [name for name, rate in d.rates.items() if depends(rate, {symbol(noise)})]
    if len(entered) != 1:
        return zero()
    found = affine(d.rates[entered[0]], [symbol(entered[0]), symbol(noise)], everything)
    return zero() if found is None else found[0][0]
