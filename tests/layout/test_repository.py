"""The repository speaks of the project alone, and holds no data and no litter."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from .house import ROOT, repository_files

# Spelt in pieces, so that this file does not hold what it looks for.
FOREIGN = [
    re.compile("".join(pieces), re.IGNORECASE)
    for pieces in (
        (r"(?<![\w.])/", r"work/"),
        (r"(?<![\w.])/", r"opt/"),
        (r"(?<![\w.])/", r"root/"),
        (r"(?<![\w.])/", r"home/", r"\w"),
        (r"(?<![\w.])/", r"tmp/", r"\w"),
        (r"python", r"hosted\."),
        (r"pypi", r"\.(org|python)"),
        (r"--(extra-)?index", r"-url"),
        (r"str_replace", r"_based"),
        (r"cla", r"ude\b"),
        (r"anth", r"ropic"),
        (r"chat", r"gpt"),
        (r"co-authored", r"-by"),
        (r"\bsub-?", r"agents?\b"),
        (r"\bissues", r" show\b"),
        (r"as an ", r"(ai|language) model"),
        (r"\bTO", r"DO\b"),
        (r"\bFIX", r"ME\b"),
    )
]
DATA = {".gz", ".tsv", ".csv", ".npz", ".npy", ".safetensors", ".pkl", ".pt", ".zip", ".ubyte"}
LARGEST = 400_000  # bytes; pictures of the docs are smaller

FILES = [path for path in repository_files() if ".png" not in path.suffixes]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_speaks_of_the_project_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [
        f"line {number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if any(pattern.search(line) for pattern in FOREIGN)
    ]
    assert not found, f"{path.relative_to(ROOT)}:\n" + "\n".join(found)


def test_foreign_words_are_seen() -> None:
    """The patterns match what they are meant for (else the test above proves nothing)."""
    for sample in ("cd /" + "work/main", "see pypi" + ".org", "FIX" + "ME later", "/" + "tmp/x"):
        assert any(pattern.search(sample) for pattern in FOREIGN), sample
    for harmless in ("homework/1", "../shared/data", "a work/life", "optional/part", "tmp_path"):
        assert not any(pattern.search(harmless) for pattern in FOREIGN), harmless


def test_no_data_and_no_large_file() -> None:
    for path in repository_files():
        place = path.relative_to(ROOT).as_posix()
        assert path.suffix not in DATA, f"{place}: data files stay out of the repository"
        assert path.stat().st_size <= LARGEST, f"{place}: {path.stat().st_size} bytes"


def test_requirements_are_ranges() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    requirements = project["dependencies"] + [one for extra in extras for one in extra]
    for requirement in requirements:
        if requirement.startswith("minitorch["):
            continue
        assert ">=" in requirement, f"{requirement}: no lower bound"
        assert "==" not in requirement.partition(";")[0], f"{requirement}: a pin"


TYPED = [p for p in FILES if p.suffix in {".py", ".pyi"} and ROOT / "tests" not in p.parents]
SILENCE = re.compile(r"#\s*(type:\s*ignore|pyright:\s*ignore|no" + r"qa)(?P<rest>.*)$")
RULE = re.compile(r"\[([\w, -]+)\]|:\s*([A-Z]+\d+)")


@pytest.mark.parametrize("path", TYPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_suppressions_name_their_rule_and_reason(path: Path) -> None:
    """A silenced checker names its rule; the first time in a file, also why."""
    explained: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = SILENCE.search(line)
        if match is None or "re.compile" in line:
            continue
        rule = RULE.match(match["rest"])
        assert rule, f"line {number} silences a checker without naming the rule: {line.strip()}"
        reason = match["rest"][rule.end() :]
        if len(reason.split()) >= 3:
            explained.add(rule[0])
        assert rule[0] in explained, f"line {number} gives no reason: {line.strip()}"


def test_papers_name_targets_that_exist() -> None:
    """Each `make TARGET` that a page of the repository tells readers to run is a target."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {"demo", "test", "check", "bench"} <= targets
    pages = [path for path in FILES if path.suffix in {".md", ".rst", ".yaml"}]
    for path in [*pages, ROOT / ".ci" / "run"]:
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^ *|`)make ([a-z-]+)", text, re.MULTILINE))
        assert named <= targets, f"{path.relative_to(ROOT)} names {named - targets}"
