from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from rooftree.base import BaseSettings, Secret, Settings, SettingsError


class Mail(BaseSettings, frozen=True, kw_only=True):
    host: str = "localhost"
    port: int = 25
    password: Secret | None = None


class Mine(Settings, frozen=True, kw_only=True):
    mail: Mail = Mail()
    ratio: float = 0.5
    tags: list[str] = []
    quotas: dict[str, int] = {}
    folder: Path = Path()
    backup: Mail | None = None


def load(env: dict[str, str] | None = None, **options: Any) -> Mine:
    return Mine.load(env=env or {}, env_file=None, toml_file=None, **options)


def test_defaults_where_no_source_gives_a_value() -> None:
    assert load() == Mine()


def test_the_environment_by_prefix_and_name() -> None:
    settings = load({"ROOFTREE_RATIO": "0.25", "ROOFTREE_MAX_BODY": "10", "RATIO": "9"})
    assert (settings.ratio, settings.max_body) == (0.25, 10)


def test_a_prefix_of_ones_own() -> None:
    assert Mine.load(prefix="SHOP", env={"SHOP_RATIO": "2"}, env_file=None, toml_file=None).ratio == 2.0


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("1", True), ("on", True), ("Yes", True), ("off", False), ("no", False), ("0", False)],
)
def test_switches(text: str, value: bool) -> None:
    assert load({"ROOFTREE_ACCESS_LOG": text}).access_log is value


@pytest.mark.parametrize("text", ["a.org, b.org", '["a.org", "b.org"]', "a.org,,b.org,"])
def test_lists_with_commas_or_as_json(text: str) -> None:
    assert load({"ROOFTREE_HOSTS": text}).hosts == ("a.org", "b.org")


def test_a_mapping_as_json() -> None:
    assert load({"ROOFTREE_QUOTAS": '{"a": 1}'}).quotas == {"a": 1}


def test_json_that_is_none_names_the_setting() -> None:
    with pytest.raises(SettingsError, match=r"\[S101\] The setting 'hosts' of Mine cannot be used: Expected `array`"):
        load({"ROOFTREE_HOSTS": "[oops"})


def test_nested_groups() -> None:
    settings = load({"ROOFTREE_MAIL__HOST": "mx", "ROOFTREE_MAIL__PASSWORD": "p", "ROOFTREE_BACKUP__PORT": "26"})
    assert settings.mail == Mail(host="mx", password=Secret("p"))
    assert settings.backup == Mail(port=26)


def test_a_nested_group_given_in_code_is_a_default() -> None:
    settings = load({"ROOFTREE_MAIL__PORT": "587"}, mail=Mail(host="mx", password=Secret("p")))
    assert settings.mail == Mail(host="mx", port=587, password=Secret("p"))


def test_paths() -> None:
    assert load({"ROOFTREE_FOLDER": "/srv/data"}).folder == Path("/srv/data")


def test_sources_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('ratio = 1.0\nmax_body = 1\nthreads = 1\n[mail]\nhost = "toml"\n')
    (tmp_path / ".env").write_text("ROOFTREE_RATIO=2\nROOFTREE_MAX_BODY=2\nEMPTY\n")
    settings = Mine.load(
        env={"ROOFTREE_RATIO": "3"},
        env_file=tmp_path / ".env",
        toml_file=tmp_path / "settings.toml",
        threads=9,
        hsts=9,
    )
    assert (settings.ratio, settings.max_body, settings.threads, settings.hsts) == (3.0, 2, 1, 9)
    assert settings.mail.host == "toml"


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOFTREE_THREADS", "7")
    assert Settings.load(env_file=None, toml_file=None).threads == 7


def test_a_wrong_value_names_setting_rule_and_sources() -> None:
    with pytest.raises(SettingsError) as caught:
        Mine.load(env={"ROOFTREE_THREADS": "many"}, env_file=".env", toml_file="x.toml")
    assert str(caught.value) == (
        "[S101] The setting 'threads' of Mine cannot be used: Expected `int`, got `str`. "
        "Mend it where it is set: the environment (ROOFTREE_THREADS), .env, x.toml."
    )


def test_a_value_of_a_type_that_no_text_gives(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("secret_key = 5\n")
    with pytest.raises(SettingsError, match="The setting 'secret_key' of Mine cannot be used: Expected `Secret"):
        Mine.load(env={}, env_file=None, toml_file=tmp_path / "x.toml")


def test_a_path_of_the_wrong_type(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("folder = 5\n")
    with pytest.raises(SettingsError, match="Expected `Path`, got `int`"):
        Mine.load(env={}, env_file=None, toml_file=tmp_path / "x.toml")


def test_toml_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("ratio = = 1")
    with pytest.raises(SettingsError, match=r"\[S102\] .*x\.toml is not TOML: .*line 1.* Mend that line\."):
        Mine.load(env={}, env_file=None, toml_file=tmp_path / "x.toml")


def test_an_unknown_setting_offers_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("raito = 1")
    with pytest.raises(SettingsError) as caught:
        Mine.load(env={}, env_file=None, toml_file=tmp_path / "x.toml")
    assert str(caught.value) == "[S103] Mine has no setting 'raito'. Did you mean 'ratio'?"


def test_an_unknown_setting_with_nothing_near_lists_them() -> None:
    with pytest.raises(SettingsError, match=r"Mail has no setting 'zzz'\. It has: host, port, password\."):
        Mail.load(env={}, env_file=None, toml_file=None, zzz=1)


def test_secrets_are_in_no_print() -> None:
    settings = load({"ROOFTREE_SECRET_KEY": "hunter2hunter2", "ROOFTREE_MAIL__PASSWORD": "hunter2"})
    assert "hunter2" not in f"{settings!r} {settings} {settings.secret_key} {settings.secret_key!r}"
    assert settings.secret_key is not None
    assert settings.secret_key.reveal() == "hunter2hunter2"


def test_texts_that_are_named_like_secrets_are_in_no_print() -> None:
    class Box(BaseSettings, frozen=True, kw_only=True):
        api_key: str = ""
        smtp_password: str | None = None
        name: str = "box"

    shown = repr(Box(api_key="hunter2"))
    assert shown.endswith("Box(api_key=***, smtp_password=None, name='box')")
    assert repr(Box()).endswith("Box(api_key='', smtp_password=None, name='box')")


def test_a_secret_compares_hashes_and_is_not_pickled() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
    with pytest.raises(TypeError, match="A Secret is not pickled"):
        pickle.dumps(Secret("a"))


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [("ROOFTREE_BACKUP__PORT", "x", "Expected `int`"), ("ROOFTREE_THREADS", "0", "Expected `int` >= 1")],
)
def test_the_variable_to_mend_is_named(variable: str, value: str, rule: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({variable: value})
    assert rule in caught.value.fact
    assert f"the environment ({variable})" in caught.value.remedy


def test_settings_written_in_code_are_checked_when_asked() -> None:
    Mine(secret_key=Secret("x"), mail=Mail(port=26), folder=Path("/srv"), tags=["a"]).check()
    wrong: Any = {"mode": "prod"}
    with pytest.raises(
        SettingsError, match=r"\[S105\] The setting 'mode' of Mine was given a value that cannot be used"
    ):
        Mine(**wrong).check()
    inner: Any = {"port": "many"}
    with pytest.raises(SettingsError, match=r"The setting 'port' of Mail was given .*Expected `int`, got `str`"):
        Mine(mail=Mail(**inner)).check()
