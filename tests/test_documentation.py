"""What the documentation says about settings is what the code takes."""

import importlib
import inspect
import json
import re
from pathlib import Path

import pytest
import spacy
from spacy.util import load_config
from thinc.api import Config

from spacy_docre.defaults import DEFAULT_CONFIG, DEFAULT_MODEL

from .test_registry import ENTRY_POINTS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = [
    ROOT / "docs" / f"{name}.md"
    for name in ("config", "encoders", "heads", "training", "rhf", "llm", "endpoints")
]
FUNCTIONS = {name: target for _, name, target in ENTRY_POINTS}
NAMED = re.compile(r'`@\w+ = "(spacy_docre\.\w+\.v\d+)"`|^`(spacy_docre\.\w+\.v\d+)` ')
QUOTED = re.compile(r"`([^`]+)`")

# In the order in which they stand, so that a failure names a page and the number of a block.
BLOCKS = [
    pytest.param(block, id=f"{path.relative_to(ROOT)}-{number}")
    for path in PAGES
    for number, block in enumerate(re.findall(r"```ini\n(.*?)```", path.read_text("utf8"), re.S))
]


@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_of_a_config_resolves(block, tmp_path, monkeypatch):
    example = Config().from_str(with_parents(block), interpolate=False)
    settings = example.get("components", {}).get("docre")
    if settings is None:
        return
    for file in re.findall(r'"(prompts/\w+\.txt)"', block):  # files that users write
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("{passage}\n", encoding="utf8")
    monkeypatch.chdir(tmp_path)
    settings.pop("factory", None)
    model = settings.get("model", {})
    if model and "@architectures" not in model:
        of_an_extractor = {"encoder", "head"} & set(model)
        rest = DEFAULT_MODEL if of_an_extractor else rhf_model()
        settings["model"] = Config(rest).merge(model)
    spacy.blank("en").add_pipe("docre", config=settings)


def with_parents(block):
    """Examples leave out the sections around those that they show."""
    sections = re.findall(r"^\[(.+)\]$", block, re.M)
    around = {
        section.rsplit(".", depth)[0]
        for section in sections
        for depth in range(1, section.count(".") + 1)
    }
    missing = sorted(each for each in around - set(sections) if "*" not in each)
    return "".join(f"[{section}]\n\n" for section in missing) + block


def rhf_model():
    overrides = {"paths.base": "none"}
    return load_config(ROOT / "configs" / "rhf_cpu.cfg", overrides)["components"]["docre"]["model"]


def rows_of(text):
    """The (name, setting, default) of each row of a table of settings. A table is about what was
    named last, or what its first column names."""
    name, columns = None, []
    for line in text.splitlines():
        if not line.startswith("|"):
            columns = []
            found = NAMED.search(line)
            name = (found[1] or found[2]) if found else None if line.startswith("#") else name
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not columns:
            columns = cells
        elif {"Name", "Default"} <= set(columns) and not cells[0].startswith("---"):
            if columns[0] != "Name" and cells[0]:
                name = QUOTED.search(cells[0])[1]
            setting = cells[columns.index("Name")]
            yield name, setting.strip("`"), cells[columns.index("Default")].strip("`")


def documented():
    tables = {}
    for name, setting, default in rows_of("\n".join(page.read_text("utf8") for page in SETTINGS)):
        if name in FUNCTIONS:
            own = tables.setdefault(name, {})
            assert setting not in own, f"{name} has two rows for '{setting}'"
            if setting:
                own[setting] = default
    return tables


TABLES = documented()


def parameters_of(name):
    module, function = FUNCTIONS[name].split(":")
    return {
        key: "" if parameter.default is parameter.empty else json.dumps(parameter.default)
        for key, parameter in inspect.signature(
            getattr(importlib.import_module(module), function)
        ).parameters.items()
        if parameter.kind is not parameter.VAR_POSITIONAL
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_arguments_of_what_it_is_about(name):
    known = parameters_of(name)
    if name.endswith("_scorer.v1"):
        # Those that all scorers have are written down with the first.
        known = {k: v for k, v in known.items() if k in TABLES[name] or k not in ("attr", "prefix")}
    assert TABLES[name] == known


def test_the_table_of_the_component_has_its_settings():
    text = SETTINGS[0].read_text("utf8").partition("`[components.docre]`")[2].partition("`[init")[0]
    rows = {setting: default for _, setting, default in rows_of(text)}
    assert set(rows) == {"factory", *DEFAULT_CONFIG}
    plain = {key: value for key, value in DEFAULT_CONFIG.items() if not isinstance(value, dict)}
    assert {key: rows[key] for key in plain} == {k: json.dumps(v) for k, v in plain.items()}
    for key in set(DEFAULT_CONFIG) - set(plain):
        (named,) = [value for at, value in DEFAULT_CONFIG[key].items() if at.startswith("@")]
        assert rows[key].startswith(named)


def test_whatever_has_settings_has_a_table():
    groups = ("architectures", "misc", "callbacks", "span_getters", "readers")
    names = {
        name
        for group, name, _ in ENTRY_POINTS
        if group.removeprefix("spacy_") in groups and parameters_of(name)
    }
    assert names <= set(TABLES)


LINKED = [
    *PAGES,
    ROOT / "SECURITY.md",
    *(
        path
        for name in ("experiments", "benchmarks")
        for path in sorted((ROOT / name).glob("*.md"))
    ),
]


def prose_of(path):
    return re.sub(r"```.*?```", "", path.read_text("utf8"), flags=re.S)


def anchors_of(path):
    """The anchors of a page, made of its headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(path), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", LINKED, ids=[str(path.relative_to(ROOT)) for path in LINKED])
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)\s]+)\)", QUOTED.sub("", prose_of(path))):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors_of(target), link
