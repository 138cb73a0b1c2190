from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from minitorch.errors import BackendError, CheckpointError, ConfigError, DataError
from minitorch.train import config as settings
from minitorch.train.config import DEFAULTS, MODELS, POINT_SETS, RunConfig, make_config, read_config


@pytest.mark.parametrize("what", DEFAULTS)
def test_the_defaults_of_every_data_set_are_valid(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINITORCH_BACKEND", raising=False)
    for model in MODELS[what]:
        config = make_config(what, {"model": model})
        assert (config.what, config.model) == (what, model)
    assert make_config(what, {}).backend == ("fast" if what in POINT_SETS else "fused")


@pytest.mark.parametrize(
    ("model", "backend"), [("scalar", "none"), ("tensor", "simple"), ("fast", "fast")]
)
def test_the_model_of_a_point_set_decides_the_backend(model: str, backend: str) -> None:
    assert make_config("xor", {"model": model}).backend == backend


def test_the_backend_of_a_point_set_decides_the_model() -> None:
    config = make_config("xor", {"backend": "simple"})
    assert (config.model, config.backend) == ("tensor", "simple")


def test_the_environment_decides_where_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINITORCH_BACKEND", "simple")
    simple = replace(settings.environment, backend="simple")
    monkeypatch.setattr(settings, "environment", simple)
    assert make_config("digits", {}).backend == "simple"
    assert make_config("xor", {}).model == "tensor"
    assert make_config("digits", {"backend": "fast"}).backend == "fast"
    assert make_config("xor", {"model": "fast"}).backend == "fast"
    assert make_config("xor", {"backend": "fused"}).backend == "fused"


def test_a_model_and_a_backend_that_do_not_go_together() -> None:
    with pytest.raises(BackendError) as caught:
        make_config("xor", {"model": "fast", "backend": "simple"})
    assert str(caught.value) == (
        "--model fast was given with --backend simple; it runs on the fast backend. "
        "Leave one of the two options away."
    )
    with pytest.raises(BackendError, match=r"--model scalar .* it runs on no backend"):
        make_config("xor", {"model": "scalar", "backend": "fast"})


@pytest.mark.parametrize(
    ("what", "given", "kind", "message"),
    [
        (
            "mnits",
            {},
            DataError,
            "Unknown data set 'mnits'; expected one of .*Did you mean 'mnist'",
        ),
        ("zzz", {}, DataError, r"Unknown data set 'zzz'; expected one of .* Try 'simple'"),
        ("xor", {"backend": "fats"}, BackendError, r"Unknown backend 'fats'; .* mean 'fast'\?"),
        ("mnist", {"model": "lenet6"}, ConfigError, "Unknown model of mnist 'lenet6'; .*'lenet'"),
        ("digits", {"dtype": "float23"}, ConfigError, "Unknown --dtype 'float23'; .*'float32'"),
        ("digits", {"optimiser": "adan"}, ConfigError, "Unknown --optimiser 'adan'; .*'adam'"),
        ("digits", {"schedule": "liner"}, ConfigError, "Unknown --schedule 'liner'; .*'linear'"),
        (
            "digits",
            {"epochs": 0},
            ConfigError,
            "--epochs 0 is not allowed: .*greater than 0.*is 15",
        ),
        ("digits", {"batch": -1}, ConfigError, "--batch -1 is not allowed"),
        ("digits", {"learning_rate": 0.0}, ConfigError, r"--lr 0\.0 is not allowed"),
        ("digits", {"learning_rate": float("nan")}, ConfigError, "--lr nan is not allowed"),
        ("digits", {"seed": -1}, ConfigError, "--seed -1 is not allowed"),
        ("digits", {"limit": 0}, ConfigError, "--limit 0 is not allowed: .* Leave it away"),
        ("xor", {"model": "scalar", "dtype": "float32"}, ConfigError, "holds a Python float"),
    ],
)
def test_what_is_wrong_is_said(
    what: str, given: dict[str, object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        make_config(what, given)


def saved(folder: Path, **given: object) -> Path:
    path = folder / "config.json"
    path.write_text(make_config("digits", given).model_dump_json())
    return path


def test_a_configuration_survives_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, learning_rate=0.1 + 0.2, seed=2**63 - 1)
    assert read_config(path) == make_config(
        "digits", {"learning_rate": 0.1 + 0.2, "seed": 2**63 - 1}
    )


def test_a_resumed_run_keeps_its_settings(tmp_path: Path) -> None:
    path = saved(tmp_path, epochs=3)
    config = read_config(path, {"epochs": 5, "save_every": 7, "batch": None, "what": "digits"})
    assert (config.epochs, config.save_every) == (5, 7)
    with pytest.raises(ConfigError) as caught:
        read_config(path, {"batch": 7, "what": "mnist", "learning_rate": 1.0})
    assert str(caught.value) == (
        "A resumed run keeps its settings, but this was given: --batch 7 (it began with 32), "
        "--what mnist (it began with digits), --lr 1.0 (it began with 0.002). "
        "Leave these away; only --epochs, --save-every, --data may change."
    )


def test_a_missing_or_damaged_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with pytest.raises(CheckpointError, match="does not exist; expected the folder of a run"):
        read_config(path)
    for text in ("", "{", "[]", "{}", '{"what": "digits"}'):
        path.write_text(text)
        with pytest.raises(CheckpointError, match="cannot be read as the settings of a run"):
            read_config(path)


def test_the_configuration_is_frozen() -> None:
    config = make_config("digits", {})
    with pytest.raises(ValueError, match="frozen"):
        config.epochs = 3  # type: ignore[misc]  # the mistake under test
    assert isinstance(config, RunConfig)
