import pytest

from .life import TREE


@pytest.fixture(scope="session")
def bases(tmp_path_factory):
    """The paths of small models with random weights, and of a MeSH tree."""
    folder = tmp_path_factory.mktemp("bases")
    (folder / "tree.txt").write_text(TREE, encoding="utf8")
    return {"tree": str(folder / "tree.txt"), **models(folder)}


def models(folder):
    pytest.importorskip("transformers")
    pytest.importorskip("peft")
    from tests.models.encoders.seq2seq.models import save_backbone
    from tests.models.llm.making import make_base

    t5 = {"num_layers": 1, "num_heads": 2, "d_ff": 32}
    bart = {f"{part}_layers": 1 for part in ("encoder", "decoder")}
    return {
        "t5": save_backbone(folder / "t5", "t5", d_model=16, **t5),
        "bart": save_backbone(folder / "bart", "bart", d_model=16, **bart),
        "llama": make_base(folder / "llama", num_hidden_layers=1),
    }
