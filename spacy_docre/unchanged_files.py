"""Whether files are still the same, without reading them."""

from hashlib import blake2b
from pathlib import Path


def state_of_files(path: str) -> str:
    """What changes with the files at a path. Nothing is read but their sizes and times.

    path (str): A file, a folder, or the name of something else.
    RETURNS (str): A digest, or the name as it is.
    """
    place = Path(path)
    if not place.exists():
        return path
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    digest = blake2b(str(place.resolve()).encode("utf8", "surrogateescape"), digest_size=16)
    for file in files:
        # Python writes compiled files as it goes.
        if file.is_file() and file.suffix != ".pyc":
            known = file.stat()
            name = str(file.relative_to(place))
            entry = f"{name}\0{known.st_size}\0{known.st_mtime_ns}\0"
            digest.update(entry.encode("utf8", "surrogateescape"))
    return digest.hexdigest()
