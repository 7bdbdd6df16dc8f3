"""Hold the commands that run until they are stopped: `serve` over HTTP, `mcp` for agents."""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

from recommender.cli.app import IndexOption, app
from recommender.errors import SettingsError
from recommender.settings import load_settings

NEEDED = ("starlette", "uvicorn", "jinja2")


@app.command()
def serve(
    index: IndexOption = None,
    host: Annotated[
        str, typer.Option(help="The address to listen on; any but loopback needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = (
        8080
    ),
    token_file: Annotated[
        Path | None, typer.Option(help="A file (chmod 600) with the secret of readers.")
    ] = None,
    desk_token_file: Annotated[
        Path | None, typer.Option(help="A file (chmod 600) with the secret of editors.")
    ] = None,
    write_token_file: Annotated[
        Path | None,
        typer.Option(help="A file (chmod 600) with the secret of those who may write articles."),
    ] = None,
    desk: Annotated[
        bool, typer.Option("--desk", help="Open the desk with a new secret, and print it.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A host name under which the service is reached; may be repeated."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(help="A site whose pages may call the API, such as https://www.example.org."),
    ] = None,
    allow_frame: Annotated[
        list[str] | None,
        typer.Option(help="A site that may show the pages in a frame; may be repeated."),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many answers to compute at once.", show_default="the processors"
        ),
    ] = None,
    queue: Annotated[int, typer.Option(min=0, help="How many requests may wait.")] = 32,
    seconds: Annotated[float, typer.Option(min=1, help="The most seconds for one answer.")] = 10,
    max_body: Annotated[
        int, typer.Option(min=1_000, help="The most bytes of a question or a draft.")
    ] = 65_536,
    rate: Annotated[
        float,
        typer.Option(min=0, help="The most requests per second from one address; 0 sets no limit."),
    ] = 0,
    behind_proxy: Annotated[
        bool,
        typer.Option("--behind-proxy", help="Trust the proxy to name the address of each client."),
    ] = False,
    clicks: Annotated[
        Path | None,
        typer.Option(help="Count clicks in this file; without it, clicks are not counted."),
    ] = None,
    mcp: Annotated[bool, typer.Option("--mcp", help="Also serve agents, at /mcp.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, help="How many processes answer; they share the index.")
    ] = 1,
) -> None:
    """Answer over HTTP: pages for people at /, an API for programs at /v1.

    The service moves to a newer snapshot within a second, without refusing a request.

    Example: recommender serve --port 8080
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise SettingsError(
            f"serve needs {', '.join(missing)}; install it with: pip install 'recommender[serve]'"
        )
    if mcp and find_spec("mcp") is None:
        raise SettingsError("--mcp needs mcp; install it with: pip install 'recommender[mcp]'")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # several answers at once, each on one processor
    from recommender.serve import server
    from recommender.serve.options import Limits, ServeOptions, read_token

    settings = load_settings()
    desk_token = read_token(desk_token_file) if desk_token_file else token_hex(16) if desk else ""
    own = {"threads": threads} if threads else {}
    limits = Limits(queue=queue, seconds=seconds, body=max_body, rate=rate, **own)
    options = ServeOptions(
        index=index or settings.index,
        editorial=settings.editorial,
        watchlist=settings.watchlist,
        host=host,
        port=port,
        token=read_token(token_file) if token_file else "",
        desk_token=desk_token,
        write_token=read_token(write_token_file) if write_token_file else "",
        clicks=clicks,
        is_behind_proxy=behind_proxy,
        mcp=mcp,
        hosts=tuple(allow_host or ()),
        origins=tuple(allow_origin or ()),
        frames=tuple(allow_frame or ()),
        workers=workers,
        limits=limits,
    )
    shown_token = "" if desk_token_file else desk_token
    server.serve(options, partial(_announce, shown_token))


def _announce(desk_token: str, where: str) -> None:
    """Print the address of the service, and how to open the desk with the new token."""
    print(f"recommender: open {where} ; stop with Ctrl-C", file=sys.stderr)
    if desk_token:
        desk_page = f"{where}login?to=/desk&token={desk_token}"
        print(f"recommender: the desk is {desk_page}", file=sys.stderr)


@app.command()
def mcp(index: IndexOption = None) -> None:
    """Let an agent read the archive over standard input and output (Model Context Protocol).

    Example: recommender mcp --index vectors
    """
    if find_spec("mcp") is None:
        raise SettingsError("mcp needs mcp; install it with: pip install 'recommender[mcp]'")
    from recommender.serve.agents import serve_stdio
    from recommender.serve.archive import Archive
    from recommender.serve.options import ServeOptions

    settings = load_settings()
    folder = index or settings.index
    serve_stdio(Archive(ServeOptions(index=folder, editorial=settings.editorial)))
