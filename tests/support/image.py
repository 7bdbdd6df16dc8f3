"""Do the steps of the Containerfile without a builder of containers: in an environment made for it.

    PYTHONPATH=.:tests python tests/support/image.py

It installs as the image does, builds the demo archive there with no network for it, starts the
command of the image, and asks it as its health check does. At the end it prints what the steps add
to the base image. It takes some minutes and the network for the packages.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.project import ROOT, SEEDS

TOKEN = "a-token-for-readers-of-the-image"
MOST_MB = 600
# What python:3.12-slim takes once it is unpacked, pip included.
BASE_MB = 130
# What an environment is made with: pip is of the base, the rest that of Python before 3.12.
OF_THE_BASE = ("pip", "pip-*", "setuptools", "setuptools-*", "pkg_resources", "_distutils_hack")


@dataclass(frozen=True)
class Steps:
    """The instructions of a Containerfile, each a word and what follows it."""

    every: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Steps:
        """Read the instructions; a backslash joins lines."""
        text = path.read_text("utf-8").replace("\\\n", " ")
        lines = [one.strip() for one in text.splitlines()]
        parts = [one.partition(" ") for one in lines if one and not one.startswith("#")]
        return cls(tuple((word, rest.strip()) for word, _, rest in parts))

    def of(self, word: str) -> Iterator[str]:
        """Yield what follows each instruction of that name."""
        return (rest for name, rest in self.every if name == word)

    def words(self, word: str) -> list[str]:
        """Return the list that the last instruction of that name holds."""
        *_, last = self.of(word)
        found: list[str] = json.loads(last.removeprefix("CMD "))
        return found

    def environment(self) -> dict[str, str]:
        """Return the variables that are set."""
        pairs = [one for rest in self.of("ENV") for one in shlex.split(rest)]
        return dict(one.split("=", 1) for one in pairs)


@dataclass(frozen=True)
class Place:
    """A folder that stands for the image: what is copied, and an environment of Python."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / "venv" / "bin"

    def run(self, command: str, **more: str) -> None:
        """Run a command of a shell in the folder of the application; raise if it fails."""
        subprocess.run(command, shell=True, check=True, cwd=self.app, env=self.variables(**more))

    @property
    def app(self) -> Path:
        return self.folder / "app"

    def variables(self, **more: str) -> dict[str, str]:
        """Return the environment of a process: nothing of ours but the way to packages."""
        ours = {name: one for name, one in os.environ.items() if name.lower().endswith("_proxy")}
        ours |= {name: one for name, one in os.environ.items() if name.startswith("PIP_")}
        path = f"{self.bin}:/usr/bin:/bin"
        return {**ours, "PATH": path, "HOME": str(self.folder / "home"), **more}


def make(place: Place, steps: Steps) -> None:
    """Copy and install what the image holds."""
    venv.create(place.folder / "venv", with_pip=True, symlinks=True)
    place.app.mkdir()
    [libraries] = (place.folder / "venv" / "lib").glob("python3*")
    for word, rest in steps.every:
        if word == "COPY":
            *sources, to = rest.split()
            for one in sources:
                into = place.app / (to if to == one else Path(to) / one)
                into.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (ROOT / one).is_dir() else shutil.copy
                copy(ROOT / one, into)
        elif word == "RUN" and "pip install" in rest:
            place.run(rest.replace("/usr/local/lib/python3.12", str(libraries)))


def size(folder: Path) -> float:
    """Return the size of the files below a folder in MB."""
    files = (one.lstat() for one in folder.rglob("*") if one.is_file() and not one.is_symlink())
    return sum(one.st_size for one in files) / 1e6


def serve(place: Place, steps: Steps) -> None:
    """Build the demo archive, start the command of the image and ask it."""
    more = {**steps.environment(), "RECOMMENDER_CACHE": str(place.folder / "cache")}
    vectors, token = place.folder / "vectors", place.folder / "token"
    token.write_text(TOKEN, "ascii")
    token.chmod(0o600)
    place.run(f"recommender build {shlex.quote(str(SEEDS))} --into {vectors} --quiet", **more)
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = str(one.getsockname()[1])
    names = {"/srv/vectors": str(vectors), "/srv/token": str(token)}
    command = [*steps.words("ENTRYPOINT"), *steps.words("CMD"), "--port", port]
    process = subprocess.Popen(
        [str(place.bin / command[0]), *(names.get(one, one) for one in command[1:])],
        env=place.variables(**more),
        cwd=place.folder,
        stderr=subprocess.DEVNULL,
    )
    try:
        ask(port, process)
        health = [one.replace("8080", port) for one in steps.words("HEALTHCHECK")]
        subprocess.run([str(place.bin / health[0]), *health[1:]], check=True)
    finally:
        process.terminate()
        process.wait(60)


def ask(port: str, process: subprocess.Popen[bytes]) -> None:
    """Search as a reader does, once the service is there."""
    address = f"http://127.0.0.1:{port}/v1/search?q=Bachmoet&limit=1"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
    while process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert json.load(answer)["hits"]
            return
        except ConnectionError:
            time.sleep(0.1)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.1)
    sys.exit("the command of the image ended")


def main() -> None:
    """Do the steps, and print the size of what they made."""
    steps = Steps.read(ROOT / "Containerfile")
    with tempfile.TemporaryDirectory() as name:
        place = Place(Path(name))
        make(place, steps)
        [libraries] = (place.folder / "venv" / "lib").glob("python3*/site-packages")
        known = [one for name in OF_THE_BASE for one in libraries.glob(name)]
        added = size(place.folder / "venv") - sum(map(size, known))
        serve(place, steps)
    print(f"the steps add {added:.0f} MB to some {BASE_MB} MB of the base image")
    if added + BASE_MB > MOST_MB:
        sys.exit(f"the image would be larger than {MOST_MB} MB")


if __name__ == "__main__":
    main()
