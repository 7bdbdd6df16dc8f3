"""Milvus as it runs on many machines: a process for each role, with etcd, S3 and a broker beside.

All of it listens on the loopback on free ports and ends with the process of the tests. The object
store is SeaweedFS. The broker is the one that the client library of Kafka has for tests: it keeps
its messages in memory, so it is not killed with the rest.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

QUERY_NODES = ("querynode-1", "querynode-2")
ROLES = ("rootcoord", "datacoord", "querycoord", "indexnode", "datanode", "proxy", *QUERY_NODES)
# Seconds until the servers must answer.
STARTED_WITHIN = 120
KEY, SECRET = "test", "test-secret"
# What differs from the settings that Milvus comes with, by the names in its file.
_SETTINGS = {
    "etcd.use.embed": "false",
    "mq.type": "kafka",
    "common.storageType": "minio",
    "common.session.ttl": 5,  # a lost process is noticed after so many seconds
    "common.gracefulStopTimeout": 5,
    "rootCoord.dmlChannelNum": 4,
    "rootCoord.minSegmentSizeToEnableIndex": 1,
    "queryNode.segcore.interimIndex.enableIndex": "false",
    "log.level": "warn",
    **{
        f"{role}.ip": "127.0.0.1"
        for role in (
            "rootCoord",
            "dataCoord",
            "queryCoord",
            "indexNode",
            "dataNode",
            "queryNode",
            "proxy",
        )
    },
}


class MilvusCluster:
    """The processes by their names: `etcd`, `s3` and the roles."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._package = import_module("milvus")
        self._broker = import_module("confluent_kafka").Producer({"test.mock.num.brokers": 1})
        [broker] = self._broker.list_topics(timeout=10).brokers.values()
        self._brokers = f"{broker.host}:{broker.port}"
        self._package._initialize_data_files(str(folder))  # unpacks the server
        etcd, peers, master, volume, filer, s3, *rest = free_ports(6 + 4 + 3 * len(ROLES))
        self.port = rest.pop()
        self._commands: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
            "etcd": (etcd_command(folder / "etcd", etcd, peers), {}),
            "s3": (s3_command(folder / "s3", (master, volume, filer, s3), rest[:4]), {}),
        }
        del rest[:4]
        for role in ROLES:
            own = {"proxy_port": self.port} if role == "proxy" else {}
            places = {"etcd.endpoints": f"127.0.0.1:{etcd}", "minio.port": s3}
            self._commands[role] = self._role(role, places, own, rest)
        self._s3 = s3
        self._etcd = etcd
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def address(self) -> str:
        """The address that publishers and readers take."""
        return f"milvus://127.0.0.1:{self.port}"

    def _role(
        self, role: str, places: Mapping[str, Any], own: Mapping[str, int], ports: list[int]
    ) -> tuple[Sequence[str], Mapping[str, str]]:
        """Write the settings of a role; return its command and environment."""
        home, kind = self._folder / role, role.partition("-")[0]
        names = {
            "rootcoord": "root_coord_port",
            "datacoord": "data_coord_port",
            "querycoord": "query_coord_port",
            "indexnode": "index_node_port",
            "datanode": "data_node_port",
            "querynode": "query_node_port",
            "proxy": "proxy_internal_port",
        }
        listening = {names[kind]: ports.pop(), **own}
        config = self._package.MilvusServerConfig(data_dir=str(home), **listening)
        access = {"minio.address": "127.0.0.1", "minio.accessKeyID": KEY}
        secret = {"minio.secretAccessKey": SECRET}
        for name, value in {**_SETTINGS, **places, **access, **secret}.items():
            config.set(name, value)
        config.resolve()
        with (home / "configs" / "milvus.yaml").open("a", encoding="utf-8") as stream:
            stream.write(f"\nkafka:\n  brokerList: {self._brokers}\n")
        libraries = str(self._folder / "bin")
        environment = {
            "MILVUSCONF": str(home / "configs"),
            "MILVUS_RUN_DIR": str(home / "run"),
            "METRICS_PORT": str(ports.pop()),
            "LD_LIBRARY_PATH": f"{libraries}:{os.environ.get('LD_LIBRARY_PATH', '')}",
        }
        return [f"{libraries}/milvus", "run", kind], environment

    def start(self) -> None:
        """Start what does not run, and wait until the servers answer."""
        self.start_some("etcd", "s3")
        for port in (self._etcd, self._s3):
            wait_until(lambda port=port: listens(port))  # type: ignore[misc]
        self.start_some(*ROLES)
        wait_until(self._answers)

    def start_some(self, *names: str) -> None:
        """Start processes by their names."""
        for name in names:
            command, environment = self._commands[name]
            home = self._folder / name
            for folder in (home, home / "run"):
                folder.mkdir(parents=True, exist_ok=True)
            self._running[name] = started(command, environment, home)

    def kill(self, *names: str) -> None:
        """Kill processes by their names, without warning."""
        for name in names:
            self._running[name].kill()
        for name in names:
            self._running.pop(name).wait()

    def kill_all(self) -> None:
        """Kill whatever runs, but for the broker."""
        self.kill(*self._running)

    def _answers(self) -> bool:
        if lost := [name for name, one in self._running.items() if one.poll() is not None]:
            raise RuntimeError(f"{lost[0]} ended: {self.said(lost[0])}")
        with suppress(Exception):  # whatever a server says that is not ready
            client = self.client()
            client.list_collections(timeout=5)
            client.close()
            return True
        return False

    def client(self) -> Any:
        """Return a connection to the server."""
        pymilvus: Any = import_module("pymilvus")
        return pymilvus.MilvusClient(uri=f"http://127.0.0.1:{self.port}", timeout=5)

    def said(self, name: str) -> str:
        """Return the end of what a process printed."""
        return (self._folder / name / "output.txt").read_text(errors="replace")[-2_000:]


def etcd_command(folder: Path, port: int, peers: int) -> list[str]:
    """Return the command of etcd as one server."""
    own, other = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    options = {
        "data-dir": str(folder / "data"),
        "listen-client-urls": own,
        "advertise-client-urls": own,
        "listen-peer-urls": other,
        "initial-advertise-peer-urls": other,
        "initial-cluster": f"default={other}",
        "log-level": "error",
    }
    return [shutil.which("etcd") or "etcd", *(f"--{name}={one}" for name, one in options.items())]


def s3_command(folder: Path, ports: Sequence[int], grpc: Sequence[int]) -> list[str]:
    """Return the command of SeaweedFS as one process: master, volumes, filer and S3."""
    folder.mkdir(parents=True)
    (folder / "data").mkdir()
    who = {
        "name": "test",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config = folder / "identities.json"
    config.write_text(json.dumps({"identities": [who]}), encoding="utf-8")
    options = {"dir": str(folder / "data"), "ip": "127.0.0.1", "ip.bind": "127.0.0.1"}
    options |= {"s3.config": str(config), "volume.max": "20", "master.volumeSizeLimitMB": "64"}
    for name, port, other in zip(("master", "volume", "filer", "s3"), ports, grpc, strict=True):
        options |= {f"{name}.port": str(port), f"{name}.port.grpc": str(other)}
    flags = [f"-{name}={one}" for name, one in options.items()]
    return [weed(), "server", "-filer", "-s3", *flags]


def weed() -> str:
    """Return the program of SeaweedFS, which its package brings."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed") or "weed"


def started(
    command: Sequence[str], environment: Mapping[str, str], home: Path
) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one; what it prints goes to a file in its folder."""
    output: IO[bytes]
    with (home / "output.txt").open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=home,
            env=os.environ | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent,
        )


def _end_with_parent() -> None:
    """Have the kernel kill this process when the one that started it is gone."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def wait_until(is_so: Callable[[], bool], seconds: float = STARTED_WITHIN) -> None:
    """Wait until something is so; raise `TimeoutError` if it is not in time."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(f"not so after {seconds:g} s")
        time.sleep(0.2)


def listens(port: int) -> bool:
    """Return whether something listens on a port of this machine."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on, each another one."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
