"""`docs/commands.md`, written from what the commands say of themselves. No command itself.

Knows how to describe commands, their options and the keys of their JSON to people. Decides nothing: help and options
come from the commands, keys and meanings from the records that they print (`json_records`).
`python -m kompas_crawler.commands.reference > docs/commands.md` writes it anew; a test keeps it current.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, get_args, get_origin, get_type_hints

from itemadapter import ItemAdapter
from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings

from kompas_crawler import commands
from kompas_crawler import settings as project
from kompas_crawler.console import Record

GLOBAL: Final = "Global Options"
"""Scrapy's group of the options that every command has."""

_INTRODUCTION: Final = """\
# Commands

<!-- Generated: python -m kompas_crawler.commands.reference > docs/commands.md -->

Every command is given as `scrapy COMMAND` inside the checkout. Installed with `pip install .`, the same is
`kompas-crawler COMMAND` or `python -m kompas_crawler COMMAND` from any folder: both find the project's settings by
themselves. Any command of Scrapy outside the checkout finds them with `SCRAPY_SETTINGS_MODULE=kompas_crawler.settings`
in the environment, or with these lines in `~/.config/scrapy.cfg`; `scrapy crawl kompas` does without.

```ini
[settings]
default = kompas_crawler.settings
```

A settings module of your own begins with `from kompas_crawler.settings import *`, and is named in the same variable.

All commands take Scrapy's own options too: `-s NAME=VALUE` gives a setting (`-s KOMPAS_OUTPUT=/srv/kompas` names the
archive), `--logfile FILE` and `-L LEVEL` govern the log. On a terminal the output is coloured and as wide as the
terminal; piped it is plain text, 120 columns wide unless `COLUMNS` says otherwise. `NO_COLOR=1` leaves colours out.

With `--json` a command prints one JSON object. Its first key, `format`, names its kind and the version of its keys:
keys may be added under one version; a changed or removed one raises it. Days are `YYYY-MM-DD` (WIB), instants ISO 8601
in UTC, sizes bytes. What the tables call `a[].b` is the key `b` of each object in the list `a`.
"""


def document() -> str:
    """Return the text of `docs/commands.md`."""
    parts = [_INTRODUCTION]
    for name, command in sorted(all_commands().items()):
        parts += ["\n".join(_section(name, command))]
    return "\n".join(parts)


def all_commands() -> dict[str, ScrapyCommand]:
    """Return every command of ours by its name, with the project's settings."""
    settings = Settings()
    settings.setmodule(project, priority="project")
    found = {}
    for module in iter_modules(commands.__path__):
        kind = getattr(import_module(f"{commands.__name__}.{module.name}"), "Command", None)
        if kind is not None:
            found[module.name] = kind()
            found[module.name].settings = settings
    return found


def options_of(name: str, command: ScrapyCommand) -> list[argparse.Action]:
    """Return the options that a command adds to Scrapy's."""
    parser = argparse.ArgumentParser(prog=f"scrapy {name}", conflict_handler="resolve", add_help=False)
    command.add_options(parser)
    return [action for group in parser._action_groups if group.title != GLOBAL for action in group._group_actions]


def _section(name: str, command: ScrapyCommand) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{command.short_desc()}.\n"
    prose, _, rest = command.long_desc().partition(" Examples: ")
    examples, _, end = rest.partition(" Exit codes: ")
    yield f"{prose}\n"
    if found := re.findall(r"`([^`]+)`", examples):
        yield "```sh"
        yield from found
        yield "```\n"
    if end:
        yield f"Exit codes: {end}\n"
    if options := options_of(name, command):
        yield from _markdown(["option", "meaning"], ([_flags(one), _help(one)] for one in options))
        yield ""
    for kind, record in getattr(command, "json_records", {}).items():
        yield f"JSON of format `kompas-{kind}/1`: {_meaning(record)}\n"
        yield from _markdown(["key", "type", "meaning"], ([f"`{key}`", *rest] for key, *rest in _keys(record)))
        yield ""


def _flags(option: argparse.Action) -> str:
    value = "" if option.nargs == 0 else f" {option.metavar or option.dest.upper()}"
    return ", ".join(f"`{flag}{value}`" for flag in option.option_strings) or f"`{option.metavar or option.dest}`"


def _help(option: argparse.Action) -> str:
    return (option.help or "").replace("%(default)s", str(option.default))


def _meaning(record: type[Record]) -> str:
    said = " ".join((record.__doc__ or "").split())
    return said[:1].lower() + said[1:]


def _keys(record: type[Record], path: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the path, type and meaning of every key of a record, nested ones after the one that holds them."""
    described: Mapping[str, Any] = ItemAdapter.get_json_schema(record)["properties"]
    for name, hint in get_type_hints(record).items():
        inner, is_list = _inner(hint)
        yield f"{path}{name}", _type(hint), " ".join(described[name].get("description", "").split())
        if inner is not None:
            yield from _keys(inner, f"{path}{name}{'[]' if is_list else ''}.")


def _inner(hint: Any) -> tuple[type[Record] | None, bool]:
    """Return the record that a type holds, null for none, and whether it holds many."""
    if isinstance(hint, type) and is_dataclass(hint):
        return hint, False
    for argument in get_args(hint):
        found, _ = _inner(argument)
        if found is not None:
            return found, get_origin(hint) is tuple
    return None, False


def _type(hint: Any) -> str:
    """Return the type of a key as JSON knows it.

    >>> _type(int | None), _type(tuple[str, ...]), _type(dict[str, int])
    ('number or null', 'list', 'object')
    """
    names = {int: "number", float: "number", bool: "true or false", type(None): "null", dict: "object", tuple: "list"}
    origin = get_origin(hint)
    if origin is not None and origin not in names:  # a union
        return " or ".join(_type(argument) for argument in get_args(hint))
    kind = origin or hint
    if isinstance(kind, type) and is_dataclass(kind):
        return "object"
    return names.get(kind, "text")


def _markdown(head: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    print(document(), end="")
