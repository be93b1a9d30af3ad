"""What scores depend on: protocol, data, seed and settings."""

import hashlib
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from ..tables import Table, count

# Blocks of the config besides the component itself, and what to show of each.
TRAINING = ("seed", "max_steps", "max_epochs", "dropout", "accumulate_gradient")
NESTED = ("optimizer", "batcher")


def settings_table(
    results: Mapping[str, Mapping[str, Any]],
    used: Sequence[Tuple[Optional[Path], Optional[Path]]],
) -> Optional[Table]:
    """List what the scores of evaluations depend on, one column for each evaluation.

    results (Mapping[str, Mapping[str, Any]]): The scores by name of the evaluation.
    used (Sequence[Tuple[Optional[Path], Optional[Path]]]): For each, the directory of the pipeline
        and the documents it was evaluated on, or None where they are not known.
    RETURNS (Optional[Table]): The settings, or None if nothing is known.
    RAISES (ValueError): If a directory holds no pipeline.
    """
    columns: List[Dict[str, str]] = []
    for scores, (model, path) in zip(results.values(), used):
        column = {}
        if scores.get("docre_protocol"):
            column["Protocol"] = str(scores["docre_protocol"])
        if scores.get("docre_documents"):
            column["Documents"] = count(scores["docre_documents"])
        if path is not None:
            column["Data"] = f"{path} (sha256 {_digest(path)})"
        if model is not None:
            column["Pipeline"] = str(model)
            column.update(_pipeline_settings(model))
        columns.append(column)
    names = list(dict.fromkeys(name for column in columns for name in column))
    if not names:
        return None
    rows = [(name, *(column.get(name, "-") for column in columns)) for name in names]
    return Table("Settings", ("", *results), rows, words=len(results) + 1)


def spread(paths: Sequence[Path], number: int, option: str) -> List[Optional[Path]]:
    """Say which path belongs to which file of metrics.

    paths (Sequence[Path]): None, one for all files, or one for each.
    number (int): The number of files.
    option (str): What the paths are given as.
    RETURNS (List[Optional[Path]]): One for each file.
    RAISES (ValueError): If there are too many or too few.
    """
    from ..errors import Errors

    if len(paths) in (0, 1):
        return [paths[0] if paths else None] * number
    if len(paths) != number:
        raise ValueError(Errors.DRE412.format(option=option, paths=len(paths), metrics=number))
    return list(paths)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()[:12]


def _pipeline_settings(path: Path) -> Dict[str, str]:
    import srsly
    from spacy.util import load_config

    from ..errors import Errors

    try:
        config: Mapping[str, Any] = load_config(path / "config.cfg", interpolate=True)
        components = config["components"]
        names = [name for name, block in components.items() if block.get("factory") == "docre"]
        if not names:
            raise ValueError("it has no docre component")
        training = config["training"]
        settings = {f"training.{key}": training[key] for key in TRAINING if key in training}
        for block in NESTED:
            settings.update(_leaves(training.get(block) or {}, f"training.{block}"))
        # Pretrained encoders are known by their name.
        for name, component in components.items():
            encoder = component.get("model", {}).get("name")
            if encoder:
                settings[f"{name}.model.name"] = encoder
        for name in names:
            component = components[name]
            saved = srsly.read_json(path / name / "cfg")
            if not isinstance(saved, dict) or "threshold" not in saved:
                raise ValueError(f"{path / name / 'cfg'} is no object with a 'threshold'")
            settings[f"{name}.threshold"] = saved["threshold"]
            settings[f"{name}.at_least_one"] = saved.get("at_least_one", False)
            settings[f"{name}.use_gold_entities"] = component["use_gold_entities"]
            settings.update(_leaves(component["model"], f"{name}.model"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(Errors.DRE413.format(path=path, problem=error)) from error
    return {name: _shown(value) for name, value in settings.items()}


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value)


def _leaves(block: Mapping[str, Any], prefix: str) -> Iterator[Tuple[str, Any]]:
    for key, value in block.items():
        name = f"{prefix}.{key}"
        if isinstance(value, Mapping):
            yield from _leaves(value, name)
        else:
            yield name, value
