"""`billing-beans browse`: the books in Fava."""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any

import click

from billing_beans.cli.options import global_options
from billing_beans.cli.session import session_of
from billing_beans.core.errors import BooksUnusable
from billing_beans.ledger.pending import review_of
from billing_beans.ledger.reading import MAIN

DEFAULT_PORT = 5000
_LOOPBACK = "127.0.0.1"
# Fava puts payees and narrations into its pages as HTML. Names come from customers and banks: nothing in them may run, or load
# anything from elsewhere. Fava's own scripts are files; its editor needs WebAssembly, its charts inline styles.
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="Where to listen.")
@click.option("--host", default="localhost", show_default=True, help="On which address; 0.0.0.0 is for everybody.")
@click.option("--editable", is_flag=True, help="Let Fava change the files; else its pages are for reading only.")
@click.option("--pending", is_flag=True, help="With the billing runs that wait for review.")
@click.option("--no-open", is_flag=True, help="Open no web browser.")
@global_options
@click.pass_context
def command(ctx: click.Context, port: int, host: str, editable: bool, pending: bool, no_open: bool) -> None:
    """Open the books in Fava, for reading; with --pending as they would be with the billing runs that wait. Ctrl-C ends it.

    \b
    Examples:
      billing-beans browse
      billing-beans browse --pending
      billing-beans browse --port 5001 --no-open
    """
    session = session_of(ctx)
    root = session.root
    # Not the name: it may stand for an IPv6 address first, where a browser that tries IPv4 finds nobody.
    address = _LOOPBACK if host == "localhost" else host
    _refuse_taken(address, port)
    server = _server(str(root / (review_of(root) if pending else MAIN)), address, port, read_only=not editable)
    where = f"http://{host}:{port}/"
    session.answer({"address": where, "read-only": not editable}, f"{root} is open at {where}; Ctrl-C ends it.")
    if not no_open:
        threading.Timer(1, click.launch, (where,)).start()
    try:
        server.start()
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    except OSError as error:
        raise _no_listening(address, port, error) from error
    finally:
        server.stop()


def _server(main: str, address: str, port: int, *, read_only: bool) -> Any:
    """Fava on these books, as its own command starts it, with a policy for what its pages may run."""
    from cheroot.wsgi import Server
    from fava.application import create_app

    app = create_app([main], read_only=read_only)

    @app.after_request
    def _(response: Any) -> Any:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return Server((address, port), app)


def _refuse_taken(address: str, port: int) -> None:
    """Before Fava is loaded. Raises `BooksUnusable` where nobody can listen there."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((address, port))
    except OSError as error:
        raise _no_listening(address, port, error) from error


def _no_listening(address: str, port: int, error: OSError) -> BooksUnusable:
    if error.errno == errno.EADDRINUSE or "already in use" in str(error):
        return BooksUnusable(
            f"Port {port} of {address} is taken: another Fava, or another program, is listening there.",
            instead=f"billing-beans browse --port {port + 1 if port < 65535 else DEFAULT_PORT}",
        )
    return BooksUnusable(
        f"Nobody can listen at {address}, port {port}: {error.strerror or error}.",
        instead="billing-beans browse --host localhost --port 5001",
    )
