"""Settings from the environment: defaults, accepted values, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from zsf_plugin.errors import ConfigurationError
from zsf_plugin.settings import from_environment


@pytest.mark.parametrize(
    ("text", "seconds"), [("", 120.0), ("1", 1.0), ("2.5", 2.5), ("600", 600.0)]
)
def test_the_read_timeout_is_set_in_seconds(text: str, seconds: float) -> None:
    assert from_environment({"ZSF_READ_TIMEOUT_S": text}).read_timeout_s == seconds


def test_the_read_timeout_is_two_minutes_by_default() -> None:
    assert from_environment({}).read_timeout_s == 120.0


@pytest.mark.parametrize("text", ["0", "0.9", "601", "-1", "soon", "nan", "inf"])
def test_an_invalid_read_timeout_is_refused_and_says_what_is_accepted(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"ZSF_READ_TIMEOUT_S is .* 1 to 600 seconds"):
        from_environment({"ZSF_READ_TIMEOUT_S": text})


def test_the_default_folders_are_below_home() -> None:
    settings = from_environment({"HOME": "/home/ada"})
    assert settings.config_dir == Path("/home/ada/.config/zsf")
    assert settings.data_dir == Path("/home/ada/.local/share/zsf")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ('"/var/lib/zsf"', "/var/lib/zsf"),
        ("'/var/lib/zsf'", "/var/lib/zsf"),
        (" /var/lib/zsf\r", "/var/lib/zsf"),
        ("~/zsf", "/home/ada/zsf"),
        ('"~/zsf"', "/home/ada/zsf"),
        ("~", "/home/ada"),
        ("/srv/it's here", "/srv/it's here"),
        ("/srv/~/zsf", "/srv/~/zsf"),
        ('""', "/home/ada/DEFAULT/zsf"),
        ('"', '"'),
    ],
)
def test_a_folder_is_the_same_whether_a_shell_or_an_env_file_names_it(
    given: str, meant: str
) -> None:
    settings = from_environment(
        {"HOME": "/home/ada", "ZSF_CONFIG_DIR": given, "ZSF_DATA_DIR": given}
    )
    assert settings.config_dir == Path(meant.replace("DEFAULT", ".config"))
    assert settings.data_dir == Path(meant.replace("DEFAULT", ".local/share"))


TEXTS = {
    "ZSF_DATABASE_URL": "database_url",
    "ZSF_CLIENT_ID": "client_id",
    "ZSF_CLIENT_SECRET": "client_secret",
}


@pytest.mark.parametrize("variable", TEXTS)
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("s3cret", "s3cret"),
        ('"s3cret"', "s3cret"),
        ("'s3cret'", "s3cret"),
        (" s3cret\r\n", "s3cret"),
        ('" s3cret "\n', "s3cret"),
        ("it's", "it's"),
        ("'s3cret\"", "'s3cret\""),
        ('"', '"'),
        ('""', None),
        (" \n", None),
    ],
)
def test_quotes_and_white_space_around_a_setting_do_not_count(
    variable: str, given: str, meant: str | None
) -> None:
    assert getattr(from_environment({variable: given}), TEXTS[variable]) == meant


def test_quotes_around_the_timeout_the_proxy_and_the_certificates_do_not_count() -> None:
    environment = {
        "ZSF_READ_TIMEOUT_S": '"30"',
        "HTTPS_PROXY": '"http://proxy.example:3128"',
        "NO_PROXY": "'localhost'",
        "REQUESTS_CA_BUNDLE": '"/etc/ssl/ours.pem"',
    }
    settings = from_environment(environment)
    network = settings.network
    assert settings.read_timeout_s == 30.0
    assert (network.proxy, network.no_proxy) == ("http://proxy.example:3128", "localhost")
    assert network.ca_bundle == "/etc/ssl/ours.pem"


def test_a_secret_key_is_left_as_it_was_given_because_former_versions_used_it_so() -> None:
    given = {"ZSF_SECRET_KEY": '"k"\n', "ZSF_SECRET_KEY_PREVIOUS": "'p'"}
    settings = from_environment(given)
    assert (settings.secret_key, settings.secret_key_previous) == ('"k"\n', "'p'")


def test_the_xdg_base_directories_move_the_default_folders() -> None:
    settings = from_environment(
        {"HOME": "/home/ada", "XDG_CONFIG_HOME": "/srv/config", "XDG_DATA_HOME": "/srv/data"}
    )
    assert (settings.config_dir, settings.data_dir) == (
        Path("/srv/config/zsf"),
        Path("/srv/data/zsf"),
    )


@pytest.mark.parametrize("relative", ["", "config", "./config", "~/config"])
def test_a_relative_xdg_base_directory_is_ignored(relative: str) -> None:
    settings = from_environment(
        {"HOME": "/home/ada", "XDG_CONFIG_HOME": relative, "XDG_DATA_HOME": relative}
    )
    assert settings.config_dir == Path("/home/ada/.config/zsf")
    assert settings.data_dir == Path("/home/ada/.local/share/zsf")


def test_our_variables_come_before_the_xdg_base_directories_and_the_host_before_both() -> None:
    environment = {
        "ZSF_CONFIG_DIR": "/etc/zsf",
        "ZSF_DATA_DIR": "/var/lib/zsf",
        "XDG_CONFIG_HOME": "/srv/config",
        "XDG_DATA_HOME": "/srv/data",
    }
    ours = from_environment(environment)
    assert (ours.config_dir, ours.data_dir) == (Path("/etc/zsf"), Path("/var/lib/zsf"))
    hosts = from_environment(environment, config_dir="/host/config", data_dir="/host/data")
    assert (hosts.config_dir, hosts.data_dir) == (Path("/host/config"), Path("/host/data"))
