"""Let the scores of a pipeline mean what those of another one mean.

A pipeline that was trained on all annotated documents has none left to be calibrated on. It should
state about as much as the one that was calibrated, which was trained in the same way on fewer. So
on unlabelled texts, the score of its n-th best triple is made that of the other's n-th best one.
"""

from collections.abc import Sequence
from typing import List

import numpy
from spacy.language import Language

from spacy_docre.analysis.run import find_component
from spacy_docre.data.calibration import Calibration, Line, logit

# The scores that operating points lie among.
LOWEST, HIGHEST = 0.15, 0.95


def match_scores(nlp: Language, calibrated: Language, texts: Sequence[str]) -> Calibration:
    """Move the scores of a pipeline.

    nlp (Language): The pipeline.
    calibrated (Language): One that was calibrated.
    texts (Sequence[str]): Texts that neither was trained on.
    RETURNS (Calibration): The calibration of the other, moved along the line that takes the scores
        of the pipeline to those of the other, in logits.
    """
    pipe, other = find_component(nlp), find_component(calibrated)
    pipe.calibration = other.calibration
    assert pipe.calibration is not None
    theirs = numpy.asarray(_scores(calibrated, texts))
    ours = numpy.asarray(_scores(nlp, texts))
    count = min(len(ours), int((theirs >= LOWEST).sum()))
    ranks = numpy.arange(int((theirs > HIGHEST).sum()), count)
    slope, offset = numpy.polyfit(
        [logit(score) for score in ours[ranks]], [logit(score) for score in theirs[ranks]], 1
    )

    def move(line: Line) -> Line:
        return Line(float(slope * line.slope), float(slope * line.offset + offset))

    known = pipe.calibration
    return Calibration(
        move(known.shared),
        {label: move(line) for label, line in known.relations.items()},
        known.floor,
        known.thresholds,
        known.off,
    )


def _scores(nlp: Language, texts: Sequence[str]) -> List[float]:
    """All scores, the highest first."""
    name = find_component(nlp).name
    docs = nlp.pipe(texts, component_cfg={name: {"threshold": 0.0}})
    return sorted((relation.score for doc in docs for relation in doc._.relations), reverse=True)
