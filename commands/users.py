"""Accounts of users."""

import sys
from typing import Annotated

import typer

from commands.options import AsJson
from commands.running import refuse_demo
from commands.terminal import answer, help_of, said
from domain.permissions import SYSTEM
from services.accounts import users


def list_users(as_json: AsJson = False) -> None:
    answer(users.list_accounts(SYSTEM), as_json)


def add_user(
    username: str,
    role: Annotated[str, typer.Argument(help=help_of("role"))],
    name: Annotated[str | None, typer.Option(help=help_of("person"))] = None,
    area: Annotated[str | None, typer.Option(help=help_of("user_area"))] = None,
    as_json: AsJson = False,
) -> None:
    refuse_demo()
    answer(users.add_user(SYSTEM, users.UserForm(username, name or username, role, _password(), area)), as_json)


def change_password(username: str) -> None:
    users.set_password(SYSTEM, username, _password())


def disable_user(username: str, as_json: AsJson = False) -> None:
    answer(users.set_active(SYSTEM, username, False), as_json)


def enable_user(username: str, as_json: AsJson = False) -> None:
    answer(users.set_active(SYSTEM, username, True), as_json)


def _password() -> str:
    """From the keyboard twice, unseen; or one line of standard input, so that no password stands in a command."""
    if sys.stdin.isatty():
        return typer.prompt(said("cli.password"), hide_input=True, confirmation_prompt=True, err=True)
    return sys.stdin.readline().rstrip("\r\n")
