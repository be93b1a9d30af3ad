"""Without its user's word a pipeline reaches no address, key, file or code that a config names."""

import pytest
import spacy

import spacy_docre
from spacy_docre.models.llm.local.base_model import make_causal_lm
from spacy_docre.models.llm.prompts.relation_texts import describe_relations
from spacy_docre.models.llm.remote.endpoint import make_endpoint
from spacy_docre.trust import VARIABLE, LazyMapping, Outside, lock, unlock
from tests.pipe.making import stories, tell, untrained, without_relations

URL = "http://127.0.0.1:9/v1"


def remote(**prompts):
    """A pipeline behind an endpoint, where nobody answers."""
    pytest.importorskip("httpx")
    model = {
        "@architectures": "spacy_docre.RHF.v1",
        "base": {"@misc": "spacy_docre.CausalLM.v1", "name": "nowhere"},
        "chain": {"@misc": "spacy_docre.RHFChain.v1"},
        "adapters": {"@misc": "spacy_docre.LoRA.v1"},
        "prompts": {"@misc": "spacy_docre.Prompts.v1", "described": False, **prompts},
        "endpoint": {
            "@misc": "spacy_docre.OpenAIEndpoint.v1",
            "url": URL,
            "key_variable": "MY_SECRET",
            "retries": 0,
        },
    }
    nlp = spacy.blank("xx")
    nlp.add_pipe("docre", config={"model": model})
    nlp.initialize(lambda: [spacy.training.Example(without_relations(d), d) for d in stories()])
    return nlp


@pytest.fixture
def prompt(tmp_path):
    path = tmp_path / "prompt.txt"
    path.write_text("Text: {{ passage }}", encoding="utf8")
    return path


def test_whoever_makes_a_pipeline_has_said_so():
    with pytest.raises(ValueError, match="DRE615"):  # it asked, and nobody answered
        remote()(without_relations(stories()[0]))


@pytest.mark.parametrize("how", ["disk", "bytes"])
def test_a_loaded_pipeline_connects_only_if_it_is_trusted(how, tmp_path, monkeypatch):
    made = remote()
    made.to_disk(tmp_path)

    def load():
        nlp = spacy.load(tmp_path)
        return nlp.from_bytes(made.to_bytes()) if how == "bytes" else nlp

    doc = without_relations(stories()[0])
    nlp = load()
    with pytest.raises(ValueError, match=rf"DRE570.*send documents to {URL}.*'MY_SECRET'.*trust"):
        nlp(doc.copy())
    with spacy_docre.trust(), pytest.raises(ValueError, match="DRE615"):
        nlp(doc.copy())
    with pytest.raises(ValueError, match="DRE570"):
        nlp(doc.copy())
    with spacy_docre.trust():
        trusted = load()
    with pytest.raises(ValueError, match="DRE615"):
        trusted(doc.copy())
    monkeypatch.setenv(VARIABLE, "1")
    with pytest.raises(ValueError, match="DRE615"):
        nlp(doc.copy())


def test_a_file_of_prompts_is_read_only_if_it_is_trusted(prompt, tmp_path):
    remote(passage=str(prompt)).to_disk(tmp_path / "nlp")
    with pytest.raises(ValueError, match=r"DRE570.*prompt\.txt.*trust"):
        spacy.load(tmp_path / "nlp")
    with spacy_docre.trust():
        loaded = spacy.load(tmp_path / "nlp")
    settings = loaded.get_pipe("docre").model.shims[0].settings
    assert settings.texts["passage"] == "Text: {{ passage }}"


def test_code_that_comes_with_a_model_is_run_only_if_it_is_trusted():
    from spacy_docre.models.llm.local.base_model import load_base

    base = make_causal_lm("nowhere", trust_remote_code=True)
    lock(base)
    with pytest.raises(ValueError, match=r"DRE570.*run code.*'nowhere'"):
        load_base(base)


def test_a_file_of_descriptions_is_read_only_if_it_is_trusted(tmp_path):
    path = tmp_path / "texts.json"
    path.write_text('{"P1": {"description": "A"}}', encoding="utf8")
    descriptions = describe_relations(str(path))
    lock({"descriptions": [descriptions]})
    with pytest.raises(ValueError, match=r"DRE570.*texts\.json"):
        descriptions["P1"]
    unlock(descriptions)
    assert dict(descriptions) == {"P1": {"description": "A"}}


def test_scores_that_need_a_file_are_left_out_unless_it_is_trusted(tmp_path):
    facts = tmp_path / "train.spacy"
    spacy.tokens.DocBin(docs=stories(), store_user_data=True).to_disk(facts)
    scorer = {"@scorers": "spacy_docre.relations_scorer.v1", "train_facts": str(facts)}
    made = untrained(scorer=scorer)
    data = [spacy.training.Example(without_relations(doc), doc) for doc in stories()]
    assert made.evaluate(data)["docre_ign_p"] is not None or made.get_pipe("docre").scorer
    made.to_disk(tmp_path / "nlp")
    loaded = spacy.load(tmp_path / "nlp")
    with pytest.warns(UserWarning, match=r"DRW563.*train\.spacy"):
        assert loaded.evaluate(data)["docre_ign_f"] is None
    with spacy_docre.trust():
        loaded.evaluate(data)


def test_a_tree_is_read_only_if_it_is_trusted(tmp_path):
    tree = str(tmp_path / "absent.txt")
    negatives = {"@misc": "spacy_docre.AllNegatives.v1"}
    filtered = {
        "@misc": "spacy_docre.FilteredNegatives.v1",
        "negatives": negatives,
        "mesh_tree": tree,
    }
    untrained({"negatives": filtered}).to_disk(tmp_path / "nlp")
    loaded = spacy.load(tmp_path / "nlp")
    head = loaded.get_pipe("docre").model.shims[0].head
    with pytest.raises(ValueError, match=r"DRE570.*absent\.txt"):
        _ = head.negatives.tree
    loaded.get_pipe("docre").initialize(
        lambda: (
            [spacy.training.Example(without_relations(doc), doc) for doc in [tell([])]]
            and [spacy.training.Example(without_relations(doc), doc) for doc in stories()]
        )
    )
    with pytest.raises(ValueError, match="DRE410"):
        _ = head.negatives.tree


def test_all_that_a_pipeline_wants_is_listed_at_once():
    parts = [make_endpoint(URL), make_causal_lm("a/b"), LazyMapping(Outside("read a file"), dict)]
    lock(*parts)
    with pytest.raises(ValueError, match=rf"DRE570.*wants to:.*'a/b'.*read a file; send .*{URL}"):
        parts[0].ask_all([])
