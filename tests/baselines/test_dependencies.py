"""What a triple attended to is what the model's own attention says."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch

from spacy_docre.models.pairs.negatives import NoNegatives
from tests.models.worlds import make_doc, make_schema

pytest.importorskip("transformers")
from baselines.dependencies import Dependencies, find_dependencies
from baselines.drawing import draw
from spacy_docre.models.encoder_with_head import create_extractor
from spacy_docre.models.encoders.seq2seq.encoder import Seq2Seq
from spacy_docre.models.grammar.linearize import delinearize
from spacy_docre.models.heads.seq2seq_rows import make_seq2seq_rows
from tests.models.encoders.seq2seq.models import extractor_of, make_network, make_tokenizer, read
from tests.models.encoders.seq2seq.plain import Plain

SCHEMA = make_schema(P1=2, P2=2)
TOKENIZER = make_tokenizer()


def make_extractor(kind, docs, seed, mode):
    head = make_seq2seq_rows(mode, NoNegatives())
    model = create_extractor(Seq2Seq(lambda: None), head)
    model.shims[0]._model = extractor_of(make_network(kind, SCHEMA, docs, seed), docs, head)
    return model


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_weights_are_those_of_the_whole_model(kind):
    docs = [make_doc(*"AABA"), make_doc(*"BA")]
    model = make_extractor(kind, docs, 3, "matrix")
    shim = model.shims[0]
    network = shim.network.encoder
    found = find_dependencies(model, docs, threshold=0.0)
    with torch.inference_mode():
        batch = shim.head.generate(shim.network, read(network, docs), docs, 0.0)
    plain = Plain(network, TOKENIZER, docs)
    plain.model.config._attn_implementation = "eager"
    checked = 0
    for i, (generated,) in enumerate(batch.grammar.by_doc(batch.generated)):
        triples = delinearize(
            batch.grammar.table, batch.grammar.candidates[i], [generated.sequence]
        )
        assert found[i].triples == triples.triples
        symbols = torch.tensor([0, *generated.sequence.symbols[:-1]])
        with torch.inference_mode():
            attentions = plain.model(
                input_ids=plain.texts[i],
                decoder_input_ids=torch.as_tensor(plain.ids(i))[symbols][None],
                output_attentions=True,
                **plain.options(i),
            ).decoder_attentions
        mean = torch.stack(attentions).mean(dim=(0, 2))[0]
        for later in range(len(triples.triples)):
            for earlier in range(later):
                rows, columns = (
                    slice(3 * later, 3 * later + 3),
                    slice(3 * earlier + 1, 3 * earlier + 4),
                )
                expected = float(mean[rows, columns].sum(1).mean())
                assert found[i].weights[later, earlier] == pytest.approx(expected, abs=1e-5)
                checked += 1
    assert checked > 2


def test_rows_see_only_triples_of_their_own_head():
    docs = [make_doc(*"AABA")]
    (found,) = find_dependencies(make_extractor("t5", docs, 3, "rows"), docs, threshold=0.0)
    heads = [triple.head for triple in found.triples]
    assert len(set(heads)) < len(heads)
    for later, head in enumerate(heads):
        for earlier, other in enumerate(heads):
            assert (found.weights[later, earlier] > 0) == (earlier < later and head == other)


def test_the_strongest_come_first():
    docs = [make_doc("A", "A", "A")]
    (found,) = find_dependencies(make_extractor("bart", docs, 1, "matrix"), docs, threshold=0.0)
    last = len(found.triples) - 1
    strongest = found.strongest(last)
    assert last >= 1
    assert strongest[0][1] == found.weights[last].max()


def test_a_picture_is_well_formed_whatever_the_text():
    svg = draw(["<a> & b", 'c "d"\x0b\x00\ud800'], [[0.0, 0.0], [0.25, 0.0]])
    root = ET.fromstring(svg)
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert {"1  <a> & b", '2  c "d"\ufffd\ufffd\ufffd'} <= {*texts}
    (pair,) = [element for element in root.iter() if element.tag.endswith("rect")]
    assert pair.get("fill-opacity") == "1.000"


def test_notebooks_show_the_picture():
    found = Dependencies(make_doc("A", "B"), (), np.zeros((0, 0)))
    assert found._repr_svg_() == found.to_svg()
    ET.fromstring(found.to_svg())
