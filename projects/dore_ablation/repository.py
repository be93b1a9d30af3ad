"""What the project uses of the repository besides the package: the scripts that know corpora, and
the baselines, whose names in configs are registered here."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

for folder in (ROOT / "scripts", ROOT):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from corpora import read_corpus  # noqa: E402
from write_config import combine, train_for  # noqa: E402

from baselines import lexical_generation  # noqa: E402

__all__ = ["HERE", "ROOT", "combine", "lexical_generation", "read_corpus", "train_for"]
