"""What other programs do to a config that they write again."""

import configparser
import re
from pathlib import Path

from awscli.customizations.configure.writer import ConfigFileWriter


def by_go_ini(file: Path) -> None:
    """It aligns the keys, and drops a comment at the end."""
    text = file.read_text().rstrip("\n")
    while text.rpartition("\n")[2].startswith("#"):
        text = text.rpartition("\n")[0].rstrip("\n")
    file.write_text(re.sub(r"(?m)^([a-z_]+) = ", lambda found: f"{found[1]:<17} = ", text) + "\n")


def by_configparser(file: Path) -> None:
    """It drops all comments, and writes keys in small letters."""
    parser = configparser.RawConfigParser(default_section="")
    parser.read(file)
    with file.open("w") as written:
        parser.write(written)


def by_aws_configure_set(file: Path) -> None:
    ConfigFileWriter().update_config({"__section__": "profile dev", "output": "json"}, str(file))
    ConfigFileWriter().update_config({"__section__": "profile new", "region": "eu-west-1"}, str(file))
    ConfigFileWriter().update_config({"__section__": "profile dev", "s3": {"addressing_style": "path"}}, str(file))
    ConfigFileWriter().update_config({"__section__": "profile dev-simple-user", "region": "eu-west-1"}, str(file))


def by_hand(file: Path) -> None:
    file.write_text(file.read_text().replace(" = ", "=").replace("\n[", "\n\n# mine\n["))


WRITERS = [by_go_ini, by_configparser, by_aws_configure_set, by_hand]
