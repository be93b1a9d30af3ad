"""Whether what a config says by numbers of steps fits the number of steps that it trains for."""

import warnings

from spacy.language import Language

from ..errors import Warnings

# How often a short training is evaluated, where the config would only do so before it.
EVALUATIONS = 4


def fit_to_steps(nlp: Language) -> None:
    """Evaluate a training that ends before its first evaluation, which would keep the untrained
    pipeline as the best one; and say where the learning rate has no time to rise.

    nlp (Language): The pipeline. `training.eval_frequency` of its config may change.
    """
    config = nlp.config.interpolate()
    training = config.get("training", {})
    steps, passes = training.get("max_steps") or 0, training.get("max_epochs") or 0
    rate = training.get("optimizer", {}).get("learn_rate")
    rate = rate if isinstance(rate, dict) else {}
    if steps < 1:
        if passes > 0 and rate.get("total_steps") == 0:
            warnings.warn(Warnings.DRW562.format(passes=passes), stacklevel=2)
        return
    frequency = training.get("eval_frequency") or 0
    if frequency > steps:
        fitted = max(1, steps // EVALUATIONS)
        nlp.config["training"]["eval_frequency"] = fitted
        warnings.warn(
            Warnings.DRW560.format(frequency=frequency, steps=steps, fitted=fitted), stacklevel=2
        )
    warmup = rate.get("warmup_steps", 0)
    if warmup >= steps:
        warnings.warn(Warnings.DRW561.format(warmup=warmup, steps=steps), stacklevel=2)
