"""The versions that the package allows are those that were tested, at both ends."""

from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


def requirements(lines):
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pins(name):
    """The versions of a file of constraints, by package."""
    found = {}
    for requirement in requirements((ROOT / name).read_text().splitlines()):
        (only,) = requirement.specifier
        assert only.operator == "=="
        found[requirement.name.lower()] = only.version
    return found


@pytest.fixture(scope="module")
def required():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    lines = setup["options"]["install_requires"].splitlines()
    for extra in setup["options.extras_require"].values():
        lines += extra.splitlines()
    return requirements(lines)


def test_lower_bounds_are_the_oldest_versions_that_were_tested(required):
    bounds = {
        (requirement.name.lower(), each.version)
        for requirement in required
        for each in requirement.specifier
        if each.operator == ">="
    }
    assert bounds == set(pins("constraints-oldest.txt").items())


def test_the_versions_that_are_installed_are_allowed(required):
    tested = pins("constraints.txt")
    for requirement in required:
        version = tested.get(requirement.name.lower())
        assert version is None or requirement.specifier.contains(version)
