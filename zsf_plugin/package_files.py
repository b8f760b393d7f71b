"""The files that a package comes with. They are read by their paths: what reads them from a zip
takes longer to load than a command takes to run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from zsf_plugin.forking import fork_guard

TYPE_CHECKING = False  # as typing's
if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def files_of(package: str) -> Traversable:
    """The folder of an imported package."""
    folder = Path(sys.modules[package].__file__ or "").parent
    if folder.is_dir():
        return folder
    with fork_guard.inside():  # a hook may be the first to read the rules
        from importlib.resources import files

    return files(package)


def numbered_files(package: str, folder: str, ending: str) -> Mapping[int, Traversable]:
    """The files of a package's folder that are named `NNNN_name` with that ending, by number and in
    its order."""
    found = sorted(files_of(package).joinpath(folder).iterdir(), key=lambda file: file.name)
    return {int(file.name.partition("_")[0]): file for file in found if file.name.endswith(ending)}
