"""Synapses as a sparse matrix of SciPy's, or a graph of NetworkX's. Parallel synapses stay apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..base.exports import needs
from ..base.params import shown
from ..errors import ParameterError
from ..run import Simulation
from ..spec import PopulationSpec, Projection, SourceSpec


def to_scipy(sim: Simulation, projection: Projection | str, what: str = "weight") -> Any:
    """The synapses of a projection as a ``scipy.sparse.coo_array``, a row a source and a column a target.

    Entries are in (i, j, k) order, as of ``sim.weights``. Synapses of one pair are entries of their own;
    what converts the array (``tocsr``, ``toarray``) adds them up.

    Parameters
    ----------
    sim : a simulation.
    projection : one of its projections, or its name.
    what : "weight", or "delay" [ms].

    Errors: ParameterError for another ``what``; ImportError without SciPy.
    """
    _check(sim, "to_scipy")
    sparse = needs("scipy.sparse", "to_scipy")
    if what not in ("weight", "delay"):
        raise ParameterError(f"to_scipy: what: expected 'weight' or 'delay' (got {shown(what)})")
    synapses = sim.synapses(projection)
    values = sim.weights(projection) if what == "weight" else synapses.delay
    spec = {p.name: p for p in sim.spec.projections}[_name(projection)]
    sizes = {name: group.n for name, group in _groups(sim).items()}
    return sparse.coo_array(
        (values, (synapses.i, synapses.j)), shape=(sizes[spec.source], sizes[spec.target])
    )


def to_networkx(
    sim: Simulation, projections: Projection | str | Iterable[Projection | str] | None = None
) -> Any:
    """The network as a ``networkx.MultiDiGraph``: a node (group, index) a neuron, an edge a synapse.

    Edges have the attributes weight, delay [ms], receptor and projection; nodes their model's name. What
    comes back through ``FromMultiDiGraph(graph, "weight", "delay", nodes)`` are the same synapses.

    Parameters
    ----------
    sim : a simulation.
    projections : the one, or those, that make edges; all by default. Groups that have none of them are left
        out.

    Errors: UnknownNameError of a projection; ImportError without NetworkX.
    """
    _check(sim, "to_networkx")
    networkx = needs("networkx", "to_networkx")
    specs = {p.name: p for p in sim.spec.projections}
    groups = _groups(sim)
    if isinstance(projections, (Projection, str)):
        projections = [projections]
    names = list(specs) if projections is None else [_name(p) for p in projections]
    graph = networkx.MultiDiGraph()
    for name in names:
        synapses, weights = sim.synapses(name), sim.weights(name)
        spec = specs[name]
        for group in (spec.source, spec.target):
            model = type(groups[group].model).__name__
            graph.add_nodes_from(((group, i) for i in range(groups[group].n)), model=model)
        columns = (synapses.i.tolist(), synapses.j.tolist(), weights.tolist(), synapses.delay.tolist())
        graph.add_edges_from(
            (
                ((spec.source, i), (spec.target, j), {"weight": weight, "delay": delay})
                for i, j, weight, delay in zip(*columns, strict=True)
            ),
            receptor=spec.receptor,
            projection=name,
        )
    return graph


def _check(sim: Simulation, owner: str) -> None:
    if not isinstance(sim, Simulation):
        raise ParameterError(f"{owner}: expected a Simulation (got {shown(sim)})")


def _groups(sim: Simulation) -> dict[str, PopulationSpec | SourceSpec]:
    groups: list[PopulationSpec | SourceSpec] = [*sim.spec.populations, *sim.spec.sources]
    return {group.name: group for group in groups}


def _name(projection: Projection | str) -> str:
    return projection.name if isinstance(projection, Projection) else projection
