"""RDF as Turtle and N-Triples, for rdflib and triple stores.

Entities and relations with ids of Wikidata get Wikidata's IRIs, all others `urn:docre:`. What is
known of a triple beyond itself is said of an `rdf:Statement` about it (RDF's own reification, which
all stores read), and of each place where it was found.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple, Optional, Tuple, Union
from urllib.parse import quote

from .escaping import SURROGATES, escape
from .graph import Graph, GraphEntity, GraphTriple, Place

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DOCRE = "urn:docre:vocabulary:"
PREFIXES = {
    "rdf": RDF,
    "rdfs": RDFS,
    "xsd": XSD,
    "skos": SKOS,
    "docre": DOCRE,
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
}
ITEM, PROPERTY = re.compile(r"Q[1-9][0-9]*"), re.compile(r"P[1-9][0-9]*")
SHORT = re.compile(r"[A-Za-z][A-Za-z0-9]*")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
ESCAPED = re.compile(r'[\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')


class Iri(NamedTuple):
    """An IRI, of which nothing is to be escaped."""

    text: str


class Blank(NamedTuple):
    """A node without a name."""

    text: str


class Literal(NamedTuple):
    """A text, or a value of a type of XML Schema."""

    text: str
    type: str = ""


Subject = Union[Iri, Blank]
Term = Union[Iri, Blank, Literal]
Statement = Tuple[Subject, Iri, Term]


def write_turtle(graph: Graph, path: Union[str, Path]) -> None:
    """Write a graph as Turtle.

    graph (Graph): The graph.
    path (Union[str, Path]): The file.
    """
    head = "".join(f"@prefix {name}: <{base}> .\n" for name, base in PREFIXES.items())
    _write(graph, path, head, _short)


def write_ntriples(graph: Graph, path: Union[str, Path]) -> None:
    """Write a graph as N-Triples.

    graph (Graph): The graph.
    path (Union[str, Path]): The file.
    """
    _write(graph, path, "", _full)


def _write(graph: Graph, path: Union[str, Path], head: str, iri_text: Callable[[str], str]) -> None:
    with Path(path).open("w", encoding="utf8", newline="\n") as file:
        file.write(head)
        for statement in statements(graph):
            file.write(" ".join(_text(term, iri_text) for term in statement) + " .\n")


def statements(graph: Graph) -> Iterator[Statement]:
    """YIELDS (Statement): What RDF says of a graph."""
    for entity in graph.entities:
        yield from _about_entity(entity)
    for label, name in graph.names.items():
        yield relation_iri(label), _in(RDF, "type"), _in(RDF, "Property")
        yield relation_iri(label), _in(RDFS, "label"), Literal(name)
        if graph.descriptions[label]:
            yield relation_iri(label), _in(RDFS, "comment"), Literal(graph.descriptions[label])
    for triple in graph.triples:
        yield from _about_triple(triple)


def entity_iri(entity: GraphEntity) -> Iri:
    """RETURNS (Iri): The IRI of an entity: its id's, or one made of what it is known by."""
    kind, *parts = entity.key
    if kind == "id" and ITEM.fullmatch(parts[0]):
        return Iri(PREFIXES["wd"] + parts[0])
    return Iri(f"urn:docre:{kind}:" + ":".join(map(_quoted, parts)))


def relation_iri(label: str) -> Iri:
    """RETURNS (Iri): The IRI of a relation."""
    if PROPERTY.fullmatch(label):
        return Iri(PREFIXES["wdt"] + label)
    return Iri("urn:docre:relation:" + _quoted(label))


def role_iri(role: str) -> Iri:
    """RETURNS (Iri): The IRI of a role of relations of more than two entities."""
    return Iri("urn:docre:role:" + _quoted(role))


def _about_entity(entity: GraphEntity) -> Iterator[Statement]:
    iri = entity_iri(entity)
    yield iri, _in(RDF, "type"), _in(DOCRE, "Entity")
    yield iri, _in(RDFS, "label"), Literal(entity.name)
    for name in entity.names:
        if name != entity.name:
            yield iri, _in(SKOS, "altLabel"), Literal(name)
    for type in filter(None, entity.types):
        yield iri, _in(DOCRE, "entityType"), Literal(type)
    if entity.kb_id:
        yield iri, _in(DOCRE, "id"), Literal(entity.kb_id)


def _about_triple(triple: GraphTriple) -> Iterator[Statement]:
    relation = relation_iri(triple.label)
    iris = [entity_iri(entity) for entity in triple.entities]
    node = Blank(f"t{triple.number}")
    if len(iris) == 2:
        yield iris[0], relation, iris[1]
        yield node, _in(RDF, "type"), _in(RDF, "Statement")
        yield node, _in(RDF, "subject"), iris[0]
        yield node, _in(RDF, "predicate"), relation
        yield node, _in(RDF, "object"), iris[1]
    else:
        yield node, _in(RDF, "type"), _in(DOCRE, "Relation")
        yield node, _in(DOCRE, "relation"), relation
        for role, iri in zip(triple.roles, iris):
            yield node, role_iri(role), iri
    yield from _score(node, triple.score)
    yield node, _in(DOCRE, "count"), _integer(triple.count)
    yield node, _in(DOCRE, "documents"), _integer(triple.documents)
    for number, place in enumerate(triple.places):
        yield from _about_place(node, Blank(f"{node.text}p{number}"), place)


def _about_place(node: Blank, found: Blank, place: Place) -> Iterator[Statement]:
    yield node, _in(DOCRE, "foundIn"), found
    yield found, _in(DOCRE, "document"), Literal(place.document)
    yield from _score(found, place.score)
    if place.evidence_from:
        yield found, _in(DOCRE, "evidenceFrom"), Literal(place.evidence_from)
    for number, evidence in enumerate(place.evidence):
        sentence = Blank(f"{found.text}s{number}")
        yield found, _in(DOCRE, "evidence"), sentence
        for name in ("sentence", "start", "end"):
            yield sentence, _in(DOCRE, name), _integer(getattr(evidence, name))
        yield sentence, _in(DOCRE, "text"), Literal(evidence.text)


def _score(node: Blank, score: Optional[float]) -> Iterator[Statement]:
    if score is not None:
        yield node, _in(DOCRE, "score"), Literal(repr(score), XSD + "double")


def _integer(number: int) -> Literal:
    return Literal(str(number), XSD + "integer")


def _in(base: str, name: str) -> Iri:
    return Iri(base + name)


def _quoted(value: Any) -> str:
    return quote(str(value), safe="", errors="surrogatepass")


def _text(term: Term, iri_text: Callable[[str], str]) -> str:
    if isinstance(term, Iri):
        return iri_text(term.text)
    if isinstance(term, Blank):
        return f"_:{term.text}"
    text = ESCAPED.sub(_escape, escape(term.text, SURROGATES))
    return f'"{text}"' + (f"^^{iri_text(term.type)}" if term.type else "")


def _escape(match: "re.Match[str]") -> str:
    return ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


def _full(iri: str) -> str:
    return f"<{iri}>"


@lru_cache(maxsize=1 << 16)
def _short(iri: str) -> str:
    for prefix, base in PREFIXES.items():
        if iri.startswith(base) and SHORT.fullmatch(iri[len(base) :]):
            return f"{prefix}:{iri[len(base) :]}"
    return f"<{iri}>"
