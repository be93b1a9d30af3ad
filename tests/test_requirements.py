"""The versions that the package allows are those that were tested, at both ends."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from spacy_docre import __version__

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


def test_types_are_part_of_the_package():
    """Without the marker, type checkers ignore the annotations of an installed package."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert "py.typed" in setup["options.package_data"]["spacy_docre"]
    assert (ROOT / "spacy_docre" / "py.typed").exists()


def test_each_python_that_is_allowed_is_tested():
    """The range of setup.cfg, its classifiers and the matrix of the workflow are the same."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    prefix = "Programming Language :: Python :: 3."
    named = re.findall(rf"{prefix}(\d+)", setup["metadata"]["classifiers"])
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text("utf8")
    (matrix,) = re.findall(r"python: \[(.+)\]", workflow)
    assert re.findall(r"3\.(\d+)", matrix) == named
    allowed = SpecifierSet(setup["options"]["python_requires"])
    assert [minor for minor in range(8, 20) if f"3.{minor}" in allowed] == list(map(int, named))


def test_versions_of_the_package_agree():
    citation = (ROOT / "CITATION.cff").read_text("utf8")
    assert re.search(r"^version: (.+)$", citation, re.M)[1] == __version__
