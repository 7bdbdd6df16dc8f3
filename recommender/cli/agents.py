"""Hold `recommender mcp`, which lets agents read the archive."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from recommender.cli.app import IndexOption, app
from recommender.errors import SettingsError
from recommender.settings import load_settings


@app.command()
def mcp(index: IndexOption = None) -> None:
    """Let an agent read the archive, over the Model Context Protocol on input and output.

    Example: recommender mcp --index vectors
    """
    if find_spec("mcp") is None:
        raise SettingsError("mcp needs mcp; install it with: pip install 'recommender[mcp]'")
    from recommender.serve.agents import run
    from recommender.serve.archive import Archive
    from recommender.serve.options import ServeOptions

    settings = load_settings()
    folder = index or Path(settings.index)
    run(Archive(ServeOptions(index=folder, editorial=settings.editorial)))
