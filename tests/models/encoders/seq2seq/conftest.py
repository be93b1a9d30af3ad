import pytest


@pytest.fixture(scope="session")
def backbones(tmp_path_factory):
    """Directories of small pretrained models, made when they are asked for."""
    pytest.importorskip("transformers")
    from .models import save_backbone

    made = {}

    def get(kind, **settings):
        key = (kind, *sorted(settings.items()))
        if key not in made:
            made[key] = save_backbone(tmp_path_factory.mktemp("backbone"), kind, **settings)
        return made[key]

    return get
