"""The options that the benchmarks share."""

from pathlib import Path
from typing import Annotated, Optional

from typer import Option

Pipeline = Annotated[Optional[Path], Option(help="Saved pipeline")]
Config = Annotated[
    Optional[Path],
    Option(help="Else, config of an untrained one; other options override its values"),
]
Docs = Annotated[Optional[Path], Option(help="Documents (.spacy); else, random ones")]
Limit = Annotated[int, Option(help="Number of documents; 0 for all of a file")]
Tokens = Annotated[int, Option(help="Length of random documents")]
Entities = Annotated[int, Option(help="Entities of random documents")]
BatchSize = Annotated[int, Option(help="Documents of a batch")]
Rounds = Annotated[int, Option(help="How often to time each thing")]
Seed = Annotated[int, Option(help="Seed of weights and random documents")]
GpuId = Annotated[int, Option(help="GPU, or -1 for the CPU")]
Threads = Annotated[int, Option(help="Threads of torch; 0 leaves the default")]
CpuTime = Annotated[bool, Option("--cpu-time", help="Processor time, for busy machines")]

# Of typer: options that a script does not know override the config, as for `spacy train`.
ALLOW_OVERRIDES = {"allow_extra_args": True, "ignore_unknown_options": True}
