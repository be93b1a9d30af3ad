"""What is written is read by others, whatever names hold."""

import csv
import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_docre.graph.escaping import CONTROLS, SURROGATES, escape
from spacy_docre.graph.graph import Graph
from spacy_docre.graph.links import links_of, nodes_of
from spacy_docre.graph.neo4j import ARRAY_DELIMITER
from spacy_docre.graph.outputs import GraphWriter, write_graph
from spacy_docre.graph.rdf import entity_iri, relation_iri, role_iri

from .making import ann, entity, hostile_records, record, relation

RECORDS = st.lists(hostile_records(), max_size=3)
MERGE = st.sampled_from(["id+name", "none"])
VOCABULARY = "urn:docre:vocabulary:"


def graph_of(records, merge="id+name"):
    graph = Graph(merge)
    for each in records:
        graph.add(each)
    return graph


def moved():
    entities = [entity(0, "Ann"), entity(1, "Bonn", "LOC"), entity(2, "Kiel", "LOC")]
    return record("m", entities, [relation("moved", 0, 1, 2, roles=("who", "from", "to"))])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("graphs")


# GraphML


@settings(max_examples=20)
@given(RECORDS, MERGE)
def test_networkx_reads_graphml(folder, records, merge):
    networkx = pytest.importorskip("networkx")
    graph = graph_of(records, merge)
    write_graph(graph, folder / "g.graphml")
    read = networkx.read_graphml(folder / "g.graphml", force_multigraph=True)
    assert read.is_directed()
    nodes = {node.id: node for node in nodes_of(graph)}
    assert set(read) == set(nodes)
    for id, data in read.nodes(data=True):
        properties = nodes[id].properties
        assert data["name"] == escape(properties["name"], CONTROLS)
        assert data["kind"] == nodes[id].kind
        if "names" in properties:
            # JSON has escapes of its own, so that nothing is lost.
            assert json.loads(data["names"]) == properties["names"]
    edges = {link.id: link for link in links_of(graph)}
    assert read.number_of_edges() == len(edges)
    for source, target, id, data in read.edges(keys=True, data=True):
        link = edges[id]
        assert (source, target) == (link.source, link.target)
        assert data["label"] == escape(link.label, CONTROLS)
        assert data.get("score") == link.properties.get("score")
        if link.properties:
            assert data["count"] == link.properties["count"]
            assert len(json.loads(data["places"])) == data["count"]


# RDF


@settings(max_examples=20)
@given(RECORDS, MERGE)
def test_rdflib_reads_turtle_and_ntriples(folder, records, merge):
    rdflib = pytest.importorskip("rdflib")
    compare = pytest.importorskip("rdflib.compare")
    graph = graph_of(records, merge)
    write_graph(graph, folder / "g.ttl")
    write_graph(graph, folder / "g.nt")
    turtle = rdflib.Graph().parse(folder / "g.ttl", format="turtle")
    ntriples = rdflib.Graph().parse(folder / "g.nt", format="nt")
    assert len(turtle) == len(ntriples)
    if len(turtle) < 60:
        assert compare.isomorphic(turtle, ntriples)
    for each in graph.entities:
        iri = rdflib.URIRef(entity_iri(each).text)
        labels = {str(label) for label in turtle.objects(iri, rdflib.RDFS.label)}
        assert escape(each.name, SURROGATES) in labels
    statements = set(turtle.subjects(rdflib.RDF.type, rdflib.RDF.Statement))
    assert len(statements) == sum(len(triple.entities) == 2 for triple in graph.triples)
    counts = turtle.objects(None, rdflib.URIRef(VOCABULARY + "count"))
    assert sum(int(count) for count in counts) >= len(graph.triples)
    for triple in graph.triples:
        relation = rdflib.URIRef(relation_iri(triple.label).text)
        ends = [rdflib.URIRef(entity_iri(each).text) for each in triple.entities]
        if len(ends) == 2:
            assert (ends[0], relation, ends[1]) in turtle
        else:
            nodes = set(turtle.subjects(rdflib.URIRef(VOCABULARY + "relation"), relation))
            assert any(
                all(
                    (node, rdflib.URIRef(role_iri(role).text), end) in turtle
                    for role, end in zip(triple.roles, ends)
                )
                for node in nodes
            )


def test_ids_of_wikidata_get_its_iris(tmp_path):
    rdflib = pytest.importorskip("rdflib")
    write_graph(graph_of([ann()]), tmp_path / "g.ttl")
    text = (tmp_path / "g.ttl").read_text()
    assert "<urn:docre:name:PER:ann%20berg> wdt:P19 wd:Q586 ." in text
    read = rdflib.Graph().parse(tmp_path / "g.ttl")
    birth = rdflib.URIRef("http://www.wikidata.org/prop/direct/P19")
    assert str(read.value(birth, rdflib.RDFS.label)) == "place of birth"
    (found,) = read.query(
        """PREFIX docre: <urn:docre:vocabulary:>
        SELECT ?document ?text ?score WHERE {
            ?statement rdf:subject ?s ; docre:score ?score ; docre:foundIn ?place .
            ?place docre:document ?document ; docre:evidence [ docre:text ?text ; docre:start 0 ] .
        }"""
    )
    assert [value.toPython() for value in found] == ["a", "Ann Berg was born in Bonn.", 0.5]


def test_without_merging_the_same_id_is_no_iri_of_two_entities():
    graph = graph_of([ann("a"), ann("a")], "none")
    assert len({entity_iri(each) for each in graph.entities}) == 4


# JSON


@settings(max_examples=20)
@given(RECORDS, MERGE)
def test_networkx_reads_node_link_json(folder, records, merge):
    networkx = pytest.importorskip("networkx")
    graph = graph_of(records, merge)
    write_graph(graph, folder / "g.json")
    data = json.loads((folder / "g.json").read_text("ascii"))
    read = networkx.node_link_graph(data, edges="edges")
    for node in nodes_of(graph):
        assert read.nodes[node.id] == {"kind": node.kind, **node.properties}
    found = {key: data for _, _, key, data in read.edges(keys=True, data=True)}
    expected = {link.id: {"label": link.label, **link.properties} for link in links_of(graph)}
    assert found == json.loads(json.dumps(expected))


# Neo4j


def read_neo4j(path):
    """Read a file as the importer does: by its documented form, a header that names and types
    columns, fields that may be quoted, and quotes that are doubled within."""
    with path.open(encoding="utf8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    header, *rows = rows
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row)) for row in rows]


@settings(max_examples=20)
@given(RECORDS, MERGE)
def test_neo4j_files_have_the_documented_form(tmp_path_factory, records, merge):
    graph, folder = graph_of(records, merge), tmp_path_factory.mktemp("neo") / "neo"
    write_graph(graph, folder)
    nodes, links = read_neo4j(folder / "nodes.csv"), read_neo4j(folder / "relationships.csv")
    expected = {node.id: node for node in nodes_of(graph)}
    assert [node[":ID"] for node in nodes] == list(expected)
    for row in nodes:
        node = expected[row[":ID"]]
        labels = row[":LABEL"].split(ARRAY_DELIMITER)
        assert labels[0] == node.kind and len(labels) <= 2 and all(labels)
        assert row["name"] == escape(node.properties["name"], CONTROLS)
        names = node.properties.get("names", [])
        found = row["names:string[]"].split(ARRAY_DELIMITER) if names else []
        assert found == [escape(name, CONTROLS) for name in names]
    ids = {node[":ID"] for node in nodes}
    for row, link in zip(links, links_of(graph), strict=True):
        assert {row[":START_ID"], row[":END_ID"]} <= ids
        assert row[":TYPE"] == escape(link.label, CONTROLS) != ""
        if link.properties:
            assert int(row["count:int"]) == link.properties["count"]
            score = link.properties["score"]
            assert row["score:double"] == ("" if score is None else str(score))
            assert json.loads(row["places"])


def test_a_relation_of_three_is_a_node_with_a_link_for_each_role(tmp_path):
    write_graph(graph_of([moved()]), tmp_path / "neo")
    nodes = read_neo4j(tmp_path / "neo" / "nodes.csv")
    assert nodes[-1][":LABEL"] == f"Relation{ARRAY_DELIMITER}moved"
    links = read_neo4j(tmp_path / "neo" / "relationships.csv")
    assert [(each[":START_ID"], each[":TYPE"], each[":END_ID"]) for each in links] == [
        ("r0", "who", "e0"),
        ("r0", "from", "e1"),
        ("r0", "to", "e2"),
    ]


def test_the_command_names_the_files_and_their_form(tmp_path):
    write_graph(graph_of([ann()]), tmp_path / "neo")
    script = tmp_path / "neo" / "import.sh"
    command = script.read_text()
    assert script.stat().st_mode & 0o100
    for part in ("--nodes=nodes.csv", "--relationships=relationships.csv", "U+001F", "multiline"):
        assert part in command


def test_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(ValueError, match="DRE752"):
        write_graph(graph_of([ann()]), tmp_path)


# Writers


@pytest.mark.parametrize("name", ["g.graphml", "g.ttl", "g.nt", "g.json", "neo"])
def test_writers_write_the_graph_of_all_records_at_the_end_unless_something_fails(tmp_path, name):
    writer = partial(GraphWriter, suffix=Path(name).suffix)
    # The place may have a name that says nothing.
    with writer(tmp_path / "partial") as output:
        output.write(ann("a"))
        output.write(ann("b"))
    write_graph(graph_of([ann("a"), ann("b")]), tmp_path / name)
    for path in (tmp_path / name).glob("*") if name == "neo" else [tmp_path / name]:
        twin = tmp_path / "partial" / (path.name if name == "neo" else "")
        assert twin.read_bytes() == path.read_bytes()
    with pytest.raises(ZeroDivisionError), writer(tmp_path / "failed") as output:
        output.write(ann("a"))
        raise ZeroDivisionError
    assert not (tmp_path / "failed").exists()


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"DRE751.*\.xls.*\.graphml"):
        write_graph(graph_of([]), tmp_path / "g.xls")
