"""What the command line makes of its environment."""

from pathlib import Path

from services.terminal.environment import CHECKOUT, read


def test_without_settings_everything_lies_in_the_checkout() -> None:
    found = read({})
    assert found.state_folder == CHECKOUT / ".shaobao"
    assert (found.amqp_uri, found.mongodb_uri, found.management_uri) == (None, None, None)


def test_an_empty_uri_is_no_uri() -> None:
    assert read({"AMQP_URI": ""}).amqp_uri is None


def test_a_uri_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "uri"
    secret.write_text("mongodb://u:p@h/\n", encoding="utf-8")
    assert read({"MONGODB_URI_FILE": str(secret)}).mongodb_uri == "mongodb://u:p@h/"


def test_a_relative_home_becomes_absolute() -> None:
    assert read({"SHAOBAO_HOME": "here"}).state_folder == Path.cwd() / "here"


def test_the_language_is_the_terminal_s() -> None:
    assert read({"LANG": "zh_CN.UTF-8"}).chinese
    assert not read({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}).chinese
