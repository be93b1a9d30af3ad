from tests.models.encoders.seq2seq.conftest import backbones  # noqa: F401
