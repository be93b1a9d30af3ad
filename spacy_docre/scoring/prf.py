"""Precision, recall and F1 as scores of a name."""

from typing import Dict, Optional

from spacy.scorer import PRFScore


def prf(prefix: str, score: PRFScore) -> Dict[str, Optional[float]]:
    """RETURNS (Dict[str, Optional[float]]): `<prefix>_p`, `_r` and `_f`, None where there was
    nothing to score."""
    values = score.to_dict() if len(score) else {"p": None, "r": None, "f": None}
    return {f"{prefix}_{key}": value for key, value in values.items()}
