from dore.seq2seq.conftest import backbones  # noqa: F401
