"""Score the sentences that a prediction names as evidence, as DocRED does (Yao et al. 2019)."""

from typing import Dict, Iterable, Optional

from spacy.scorer import PRFScore

from .comparison import Comparison
from .prf import prf


def score_evidence(comparisons: Iterable[Comparison]) -> Dict[str, Optional[float]]:
    """Score evidence: each sentence of each triple counts. What is named for a wrong triple is
    wrong, and what is evidence of a triple that was missed is missed.

    comparisons (Iterable[Comparison]): The documents.
    RETURNS (Dict[str, Optional[float]]): docre_evidence_p/r/f; None where gold triples have no
        evidence, or the prediction names none.
    """
    score = PRFScore()
    predicts = annotated = False
    for comparison in comparisons:
        gold = {(s, i) for s, sentences in comparison.gold_evidence.items() for i in sentences}
        found = {(s, i) for s, sentences in comparison.evidence.items() for i in sentences}
        predicts, annotated = predicts or bool(found), annotated or bool(gold)
        score.score_set(found, gold)
    return prf("docre_evidence", score if predicts and annotated else PRFScore())
