"""How a pipeline is taken from its wheel, and what is printed of the texts."""

import zipfile

import pytest
import spacy
import srsly
from assemble import assemble
from read_texts import main
from spacy.language import Language

from spacy_docre.data.entities import Entity
from spacy_docre.data.relations import register_extension
from spacy_docre.data.schema import RelationWords
from spacy_docre.data.storage import store_relations
from spacy_docre.data.triples import Triple

from .wheels import unpack


@Language.component("born_on_the_first_date")
def born_on_the_first_date(doc):
    """States that whom a text names first was born on its first date, and in California."""
    register_extension()
    entities = [Entity.of([(ent.start, ent.end)], type=ent.label_) for ent in doc.ents]
    types = [entity.type for entity in entities]
    triples = []
    for type, label in {"TIME": "P569", "LOC": "P19"}.items():
        if {"PER", type} <= set(types):
            pair = (types.index("PER"), types.index(type))
            triples.append(Triple(pair, label, score=0.75))
    words = {"P569": RelationWords("date of birth"), "P19": RelationWords("place of birth")}
    store_relations(doc, entities, triples, words=words)
    return doc


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel with folders as `spacy package` makes them, of a pipeline that knows a few names."""
    folder = tmp_path_factory.mktemp("package")
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    names = {"Marie Curie": "PER", "7 November 1867": "TIME", "California": "LOC"}
    ruler.add_patterns([{"label": type, "pattern": name} for name, type in names.items()])
    nlp.add_pipe("born_on_the_first_date")
    nlp.meta["name"], nlp.meta["version"] = "docre_wiki_sm", "0.1.0"
    inside = folder / "inside"
    package = inside / "en_docre_wiki_sm"
    package.mkdir(parents=True)
    nlp.to_disk(package / "en_docre_wiki_sm-0.1.0")
    path = folder / "en_docre_wiki_sm-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in inside.rglob("*"):
            archive.write(file, file.relative_to(inside))
    return path


def test_a_pipeline_is_loaded_from_its_wheel(wheel, tmp_path):
    nlp = spacy.load(unpack(wheel, tmp_path))
    assert nlp.meta["name"] == "docre_wiki_sm"


def test_the_script_prints_verdicts_and_writes_figures(wheel, tmp_path, capsys):
    main(str(unpack(wheel, tmp_path)), tmp_path / "figures.json")
    printed = capsys.readouterr().out
    assert "marie_curie (encyclopaedia): 1 relations" in printed
    assert "  true     0.75  Marie Curie | date of birth | 7 November 1867" in printed
    assert "  absurd   0.75  Marie Curie | place of birth | California" in printed
    assert "  missing        Lisbon | country | Portugal" in printed
    figures = srsly.read_json(tmp_path / "figures.json")
    assert (figures["easy"], figures["true"], figures["absurd"]) == (0, 2, 1)
    assert figures["easy facts found"] == 0
    assert figures["precision of judged"] == 66.7


def test_the_shipped_pipeline_names_no_place_of_the_machine_that_trained_it(shipped):
    paths = {name: place for name, place in shipped.config["paths"].items() if place is not None}
    assert paths == {"encoder": "sentence-transformers/all-MiniLM-L6-v2"}


@pytest.mark.parametrize("encoder", ["somebody/small-encoder", "small-encoder"])
def test_a_pipeline_names_the_encoder_that_it_was_trained_with(shipped, tmp_path, encoder):
    shipped.to_disk(tmp_path / "calibrated")
    (tmp_path / "small-encoder").mkdir()
    place = encoder if "/" in encoder else str(tmp_path / encoder)
    parts = {"docre_micro_p": 0.5, "docre_micro_r": 0.5, "docre_micro_f": 0.5}
    figures = {"mentions": {"p": 0.5, "r": 0.5, "f": 0.5}, "triples": {"text": parts}}
    srsly.write_json(tmp_path / "figures.json", figures)
    assemble(tmp_path / "calibrated", tmp_path / "out", place, tmp_path / "figures.json")
    assembled = spacy.load(tmp_path / "out")
    assert assembled.config["paths"]["encoder"] == encoder
    assert assembled.meta["performance"]["docre_given_text_f"] == 0.5
