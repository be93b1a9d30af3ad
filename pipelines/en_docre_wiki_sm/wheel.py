"""Put a wheel where it is shipped from, with its checksum."""

import hashlib
import shutil
from pathlib import Path

import typer
from wasabi import msg


def wheel(
    packages: Path = typer.Argument(..., help="Where `spacy package` wrote to", exists=True),
    dist: Path = typer.Argument(..., help="Where wheels are"),
) -> None:
    """Replace the wheel that is there."""
    # Those of former versions stay.
    built = max(packages.glob("*/dist/*.whl"), key=lambda path: path.stat().st_mtime)
    dist.mkdir(parents=True, exist_ok=True)
    for old in dist.glob(f"{built.name.partition('-')[0]}-*"):
        old.unlink()
    place = Path(shutil.copy2(built, dist))
    digest = hashlib.sha256(place.read_bytes()).hexdigest()
    (dist / f"{place.name}.sha256").write_text(f"{digest}  {place.name}\n", "utf8")
    msg.good(f"{place}: {place.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(wheel)
