"""Why a file cannot be used, by what its system says of the place: read-only, another user's, full,
on a network. Looked for after something failed, and once when a database is opened.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from zsf_plugin.messages.store import place_text

#: Longer paths SQLite does not open on POSIX, in bytes: 512 with the name of its journal.
MAX_PATH_BYTES = 504
#: Kinds of mounts that are served by another machine, or as if (`fuse.` is left out). SQLite's
#: write-ahead log needs shared memory: https://www.sqlite.org/wal.html, "Disadvantages".
NETWORK_KINDS = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p"),
        *("ceph", "lustre", "beegfs", "gpfs", "glusterfs", "orangefs", "juicefs"),
        *("vboxsf", "prl_fs", "vmhgfs-fuse", "grpcfuse", "osxfs"),
        *("sshfs", "davfs", "rclone", "s3fs", "goofys", "gcsfuse", "blobfuse", "blobfuse2"),
    }
)
_MOUNTS = Path("/proc/self/mounts")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_CODES = {
    errno.EROFS: "read_only",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
}


def trouble_at(file: Path, error: OSError | None = None) -> str | None:
    """What is wrong with the file's place, and what to do, as a clause that follows its name; None
    if nothing can be seen. `error` is what failed, if it was not SQLite."""
    with suppress(OSError, ValueError):
        for code, data in _troubles(file.absolute(), error):
            return place_text(code, data)
    return None


def trouble_by(error: OSError) -> str | None:
    """What that error alone says is wrong with a file's place, and what to do, as such a clause;
    None if nothing."""
    code = _CODES.get(error.errno or 0)
    return None if code is None else place_text(code, {})


def network_kind(folder: Path, mounts: str | None = None) -> str | None:
    """The kind of network file system that the folder is on, as `/proc/self/mounts` has it; None
    for a local one, or if the system does not say."""
    with suppress(OSError, ValueError):
        table = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        kind = _kind_of_mount(folder.resolve(), table if mounts is None else mounts)
        if kind.removeprefix("fuse.") in NETWORK_KINDS:
            return kind
    return None


def _kind_of_mount(folder: Path, mounts: str) -> str:
    """The kind of the mount that the folder is on: the last of the innermost."""
    at, found = Path("/"), ""
    for line in mounts.splitlines():
        _, point, kind, *_ = (*line.split(" "), "", "", "")
        place = Path(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), point))
        if place in (folder, *folder.parents) and at in (place, *place.parents):
            at, found = place, kind
    return found


def _troubles(file: Path, error: OSError | None) -> Iterator[tuple[str, dict[str, object]]]:
    """(code of `messages.store`, values of its text), the likeliest first."""
    if error is not None and error.errno in _CODES:
        yield _CODES[error.errno], {}
    length = len(os.fsencode(file))
    if os.name == "posix" and length > MAX_PATH_BYTES:
        yield "too_long", {"length": length, "most": MAX_PATH_BYTES}
    folder = next(parent for parent in file.parents if os.path.isdir(parent))
    if hasattr(os, "statvfs"):
        system = os.statvfs(folder)
        if system.f_flag & os.ST_RDONLY:
            yield "read_only", {}
        if system.f_bavail == 0 and system.f_blocks:
            yield "full", {}
    yield from _of_others(file, folder)
    kind = network_kind(folder)
    if kind is not None:
        yield "network", {"kind": kind}
    if error is not None and error.errno == errno.EIO:
        yield "failing", {}


def _of_others(file: Path, folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """What of the folder, the file and SQLite's two beside it this user may not write."""
    if not hasattr(os, "geteuid"):
        return
    beside = [file.with_name(file.name + end) for end in ("", "-wal", "-shm")]
    for path in [folder, *beside]:
        needed = os.R_OK | os.W_OK | (os.X_OK if path == folder else 0)
        if os.path.exists(path) and not _may(path, needed):
            found = path.stat()
            mode = f"{found.st_mode & 0o777:o}"
            owners = {"owner": found.st_uid, "uid": os.geteuid()}
            yield "of_another", {"path": path, "mode": mode, **owners}


def _may(path: Path, needed: int) -> bool:
    """Whether this process may do that, by the ids that it runs under."""
    return os.access(path, needed, effective_ids=os.access in os.supports_effective_ids)
