"""`billing-beans invoice`: each verb stands in a module of its own."""

from __future__ import annotations

import click

from billing_beans.cli.later import Later

ELSEWHERE = {
    "draft": "invoice_draft.draft",
    "edit": "invoice_draft.edit",
    "issue": "invoice_issue.command",
    "show": "invoice_show.show",
    "list": "invoice_list.list_",
    "render": "invoice_render.command",
    "import": "invoice_import.command",
    "credit": "invoice_credit.command",
    "void": "invoice_void.command",
}


@click.group(cls=Later, later=ELSEWHERE)
def command() -> None:
    """Invoices: drafted, edited, issued, paid or void; never deleted.

    \b
    Examples:
      billing-beans invoice draft acme placement-credit 10
      billing-beans invoice issue SG-2026-00001
      billing-beans invoice show SG-2026-00001
      billing-beans invoice list --customer acme --status issued
    """
