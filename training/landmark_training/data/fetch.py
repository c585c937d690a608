"""Fetch the packages of packages.tsv as archives, several at a time.

Python wheels come by `pip download --no-deps`, npm tarballs by `npm pack`, Debian sources by
`apt-get source --download-only`, Debian packages that hold source (golang-*-dev, librust-*-dev, C headers) by
`apt-get download`; nothing is installed, unpacked or run (hence no Python source archives: pip would run
their set-up). An archive that is already there is not fetched again, and a package that a
registry no longer has is reported and skipped.
"""

import concurrent.futures
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .debian import apt_options, binary_command, prepare_sources, source_command

PACKAGE_TABLE = Path(__file__).with_name("packages.tsv")
PARALLEL_FETCHES = 4
FETCH_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Package:
    """One row of packages.tsv. role: train, validation or fusion (never trained on), or heldOut (refused)."""

    role: str
    registry: str
    name: str
    version: str
    licence: str


def read_package_table(path: Path = PACKAGE_TABLE) -> list[Package]:
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [Package(*row) for row in rows]


def archive_path(package: Package, cache: Path) -> Path:
    """Where a package is kept: a wheel (a zip), an npm tarball, or a folder of Debian source archives."""
    suffix = {"pypi": ".whl", "npm": ".tgz", "debian": ".deb", "debianSource": ""}[package.registry]
    return cache / package.registry / (package.name.replace("/", "__") + "-" + package.version.replace(":", "%3a") + suffix)


def _command(package: Package, cache: Path, folder: str) -> list[str]:
    if package.registry == "pypi":
        return [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
                "--python-version", "3.13", "-d", folder, f"{package.name}=={package.version}"]
    if package.registry == "npm":
        return ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder,
                f"{package.name}@{package.version}"]
    if package.registry == "debian":
        return binary_command(package.name, package.version)
    return source_command(package.name, package.version, apt_options(cache))


def fetch_package(package: Package, cache: Path) -> Path | None:
    """Return the archive's path, or None (with a line on stderr) where the registry has none."""
    target = archive_path(package, cache)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        try:
            result = subprocess.run(_command(package, cache, folder), capture_output=True, text=True, cwd=folder,
                                    timeout=FETCH_TIMEOUT_SECONDS)
            failure = result.stderr.strip().splitlines()[-1:] if result.returncode else []
        except subprocess.TimeoutExpired:
            failure = ["timed out"]
        found = sorted(Path(folder).iterdir())
        # Of a Debian source the upstream archive is enough; without Debian's own part its licence file is read.
        partial = any(".orig" in file.name for file in found)
        if failure and not partial or not found:
            print(f"no archive: {package.registry} {package.name} {package.version} {failure}", file=sys.stderr)
            return None
        if package.registry == "debianSource":
            Path(folder).rename(target)
            Path(folder).mkdir()  # for the context manager to remove
        else:
            shutil.move(found[0], target)
    return target


def fetch_packages(packages: list[Package], cache: Path) -> dict[Package, Path]:
    """Every package that could be fetched, in the table's order."""
    if any(package.registry == "debianSource" and not archive_path(package, cache).exists() for package in packages):
        prepare_sources(cache)
    with concurrent.futures.ThreadPoolExecutor(PARALLEL_FETCHES) as pool:
        paths = list(pool.map(lambda package: fetch_package(package, cache), packages))
    return {package: path for package, path in zip(packages, paths) if path}


if __name__ == "__main__":
    fetched = fetch_packages(read_package_table(), Path(__file__).parents[2] / ".cache" / "packages")
    print(len(fetched), "archives")
