"""Rows of weights that stand for something: relations, types of entities, symbols. Weights move
from one network to another by what their rows stand for, so that the second may know more."""

from collections.abc import Mapping, Sequence
from typing import Any, Dict, List, Protocol, Tuple

from ..errors import Errors

# A kind, and a name: ("relation", "P17").
Row = Tuple[str, str]
# By the name of a parameter what its rows stand for.
RowNames = Dict[str, List[Row]]

NA: Row = ("no relation", "")
# Entities whose type a network does not know.
OTHER: Row = ("type", "")


class NamedRows(Protocol):
    """A network that says what the rows of its weights stand for."""

    weight_settings: Dict[str, Any]

    def row_names(self) -> RowNames:
        """RETURNS (Dict[str, List[Row]]): By the name of a parameter the names of its rows. Rows
        of all others are the same in every network of the same shape."""
        ...

    def state_dict(self) -> Mapping[str, Any]:
        """RETURNS (Mapping[str, Tensor]): The weights."""
        ...


def relation_rows(labels: Sequence[str]) -> List[Row]:
    """RETURNS (List[Row]): NA, and a row for each relation."""
    return [NA, *(("relation", label) for label in labels)]


def type_rows(types: Sequence[str]) -> List[Row]:
    """RETURNS (List[Row]): Any other type, and a row for each type of entities."""
    return [OTHER, *(("type", type) for type in types)]


def different_shapes(network: NamedRows, trained: NamedRows) -> List[str]:
    """RETURNS (List[str]): The weights that one of two networks lacks, or that have another shape,
    but for the number of their rows where these have names."""
    named = network.row_names()
    shapes = [
        {n: tuple(w.shape)[n in named :] for n, w in each.state_dict().items()}
        for each in (network, trained)
    ]
    return sorted({name for name, _ in shapes[0].items() ^ shapes[1].items()})


def check_rows(network: NamedRows, trained: NamedRows) -> None:
    """RAISES (ValueError): If a network lacks what rows of a trained one stand for, or makes
    something else of the same weights."""
    ours, theirs = network.row_names(), trained.row_names()
    lost = {row for name, rows in theirs.items() for row in rows if row not in ours.get(name, ())}
    one, other = network.weight_settings, trained.weight_settings
    settings = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    if lost:
        rows = ", ".join(f"{kind} {name!r}" for kind, name in sorted(lost)[:5])
        raise ValueError(Errors.DRE562.format(count=len(lost), rows=rows))
    if settings:
        values = "; ".join(f"{n} {one.get(n)} here, {other.get(n)} there" for n in settings)
        raise ValueError(Errors.DRE563.format(values=values))


def take_weights(network: NamedRows, trained: NamedRows) -> None:
    """Give a network the weights of a trained one. Rows that only the first has stay as they
    are, but a new type of entities begins as what the trained network made of it: any other type.

    network (NamedRows): The network. Its weights change in place.
    trained (NamedRows): The trained one, of the same shape, see `different_shapes`.
    RAISES (ValueError): If the network lacks what rows of the trained one stand for.
    """
    check_rows(network, trained)
    ours, theirs = network.row_names(), trained.row_names()
    weights = network.state_dict()
    for name, weight in trained.state_dict().items():
        if name not in theirs:
            weights[name].copy_(weight)
            continue
        if OTHER in theirs[name]:
            weights[name].copy_(weight[theirs[name].index(OTHER)].expand_as(weights[name]))
        places = [ours[name].index(row) for row in theirs[name]]
        weights[name][places] = weight.to(weights[name])
