"""A noun whose verbs stand in modules of their own, each imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click


class Later(click.Group):
    """A group that knows by name where some of its commands are: `{"list": "invoice_list.list_"}`."""

    def __init__(self, *args: Any, later: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._later])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self._later:
            return super().get_command(ctx, name)
        module, _, attribute = self._later[name].partition(".")
        command: click.Command = getattr(importlib.import_module(f"billing_beans.cli.{module}"), attribute)
        return command
