import pickle

import pytest
import spacy
from spacy import registry
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import load_config_from_str, load_model_from_config

from spacy_docre.sources.alias import make_alias
from spacy_docre.sources.chain import make_sources
from spacy_docre.sources.coref_spans import make_coref_spans
from spacy_docre.sources.defaults import DEFAULT_SOURCES, make_default_sources
from spacy_docre.sources.doc_ents import make_doc_ents
from spacy_docre.sources.span_group import make_span_group

from .making import make_doc, one, put_clusters, span

CHAIN = """
[sources]
@misc = "spacy_docre.Sources.v1"

[sources.*.zebra]
@misc = "spacy_docre.DocEnts.v1"
exclude = ["DATE"]

[sources.*.mentions]
@misc = "spacy_docre.SpanGroup.v1"
key = "sc"

[sources.*.coref]
@misc = "spacy_docre.CorefSpans.v1"
prefix = "clusters"

[sources.*.ants]
@misc = "spacy_docre.Alias.v1"
"""
FUNCTIONS = ["read_doc_ents", "read_span_group", "read_coref_spans", "merge_by_name"]


def functions(finder):
    return [source.func.__name__ for source in finder.keywords["sources"]]


class Keeper:
    """A component that keeps its sources, as a relation extractor does."""

    def __init__(self, sources):
        self.sources = sources

    def __call__(self, doc):
        return doc


@Language.factory("test_sources_keeper", default_config={"sources": DEFAULT_SOURCES})
def make_keeper(nlp, name, sources):
    return Keeper(sources)


def component_config(chain):
    chain = chain.replace("[sources", "[components.keeper.sources")
    head = '[nlp]\nlang = "en"\npipeline = ["keeper"]\n[components]\n[components.keeper]\n'
    return load_config_from_str(head + 'factory = "test_sources_keeper"\n' + chain)


def test_sources_run_in_the_order_of_the_config():
    finder = registry.resolve(load_config_from_str(CHAIN))["sources"]
    assert functions(finder) == FUNCTIONS


def test_a_config_replaces_the_default_chain_and_keeps_its_order(tmp_path):
    nlp = load_model_from_config(component_config(CHAIN), auto_fill=True)
    assert functions(nlp.get_pipe("keeper").sources) == FUNCTIONS
    filled = load_config_from_str(nlp.config.to_str())
    again = load_model_from_config(filled)
    assert functions(again.get_pipe("keeper").sources) == FUNCTIONS
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert functions(loaded.get_pipe("keeper").sources) == FUNCTIONS


def test_a_config_given_to_add_pipe_replaces_the_default_chain():
    nlp = spacy.blank("en")
    sources = load_config_from_str(CHAIN)["sources"]
    pipe = nlp.add_pipe("test_sources_keeper", config={"sources": sources})
    assert functions(pipe.sources) == FUNCTIONS


def test_the_default_chain_needs_no_config_and_takes_settings():
    nlp = spacy.blank("en")
    everything = functions(nlp.add_pipe("test_sources_keeper").sources)
    assert everything == [
        "read_doc_ents",
        "read_span_group",
        "read_coref_spans",
        "read_coref_clusters",
        "read_coref_chains",
        "merge_by_id",
        "merge_by_name",
    ]
    settings = {"sources": {"aliases": False, "mentions_key": None}}
    fewer = nlp.add_pipe("test_sources_keeper", name="fewer", config=settings)
    assert functions(fewer.sources) == [everything[0], *everything[2:6]]


def test_the_default_config_states_the_defaults():
    settings = {name: value for name, value in DEFAULT_SOURCES.items() if name != "@misc"}
    assert functions(make_default_sources(**settings)) == functions(make_default_sources())
    filled = registry.fill({"sources": {"@misc": DEFAULT_SOURCES["@misc"]}})
    assert filled["sources"] == DEFAULT_SOURCES


def test_a_chain_without_sources_is_refused():
    with pytest.raises(ValueError, match="DRE101"):
        make_sources()


def test_entities_come_in_order_of_first_appearance():
    doc = make_doc("Ann met Bea in Bonn")
    doc.ents = [span(doc, 4, 5, "LOC")]
    doc.spans["sc"] = [span(doc, 2, 3, "PER"), span(doc, 0, 1, "PER")]
    finder = make_sources(make_doc_ents(), make_span_group("sc"))
    assert finder(doc) == (one(0, 1, "PER"), one(2, 3, "PER"), one(4, 5, "LOC"))


def test_any_function_can_be_a_source():
    def first_token(doc, entities):
        return [*entities, one(0, 1)]

    assert make_sources(first_token)(make_doc("Ann")) == (one(0, 1),)


def test_sources_can_be_pickled_for_other_processes():
    doc = make_doc("Ann and Ann")
    doc.ents = [span(doc, 0, 1, "PER"), span(doc, 2, 3, "PER")]
    finder = make_default_sources()
    assert pickle.loads(pickle.dumps(finder))(doc) == finder(doc)


# The default chain


@pytest.fixture
def find():
    for attr in ("coref_clusters", "coref_chains"):
        Doc.set_extension(attr, default=None)
    yield make_default_sources()
    for attr in ("coref_clusters", "coref_chains"):
        Doc.remove_extension(attr)


def test_by_default_names_match_where_nothing_better_is_known(find):
    doc = make_doc("Marie Curie won . Curie wept , and she left")
    doc.ents = [span(doc, 0, 2, "PER"), span(doc, 4, 5, "PER")]
    assert len(find(doc)) == 1
    put_clusters(doc, [[doc[0:2], doc[8:9]]])
    assert len(find(doc)) == 2


def test_by_default_all_conventions_work_together(find):
    doc = make_doc("Ann met Bea and Cea : she and Anna and Bea B. and Cea C.")
    doc.ents = [span(doc, n, n + 1, "PER") for n in (0, 2, 4, 8)]
    doc.spans["docre_mentions"] = [span(doc, 10, 12, "PER"), span(doc, 13, 15, "PER")]
    put_clusters(doc, [[doc[0:1], doc[8:9]]])
    bea = [doc[2:3], doc[10:12]]
    doc._.coref_clusters = [[(mention.start_char, mention.end_char) for mention in bea]]
    merged = find(doc)
    assert [len(entity.mentions) for entity in merged] == [2, 2, 1, 1]


@pytest.mark.parametrize("text", ["", "nobody is named here"])
def test_documents_without_entities_have_none(find, text):
    assert find(make_doc(text)) == ()


def test_annotated_documents_keep_their_entities(find):
    doc = make_doc("Ann and Ann and Ann B. and both")
    stated = (one(0, 1, "PER"), one(2, 3, "PER"), one(4, 6, "PER"))
    doc.ents = [span(doc, *entity.mentions[0], "PER") for entity in stated]
    put_clusters(doc, [[span(doc, *entity.mentions[0], "PER")] for entity in stated])
    assert find(doc) == stated
    without_coref = make_sources(make_doc_ents(), make_alias(prefix="none"))
    assert len(without_coref(doc)) < 3  # what alias matching would have made of them
    assert make_sources(make_coref_spans())(doc) == stated
