"""Archives whose bytes depend only on what is in them: sorted names, one time, no user, no name of the machine."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

# The earliest time that a zip file can name. Lambda compares code by its digest: a function that
# has not changed keeps its zip, whenever it was built.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Entry:
    """A file, or a folder if there is no data."""

    data: bytes | None
    mode: int
    owner: int = 0

    @staticmethod
    def file(data, mode=0o644):
        return Entry(data.encode() if isinstance(data, str) else data, mode)

    @staticmethod
    def program(path):
        return Entry(Path(path).read_bytes(), 0o755)


def files(folder, patterns):
    """The files of a folder that fit one of the patterns, under its name; none that is hidden, such as `.terraform`."""
    found = {path.relative_to(folder.parent) for pattern in patterns for path in folder.glob(pattern)}
    return {str(path): Entry.file((folder.parent / path).read_bytes()) for path in found
            if not any(part.startswith(".") for part in path.parts)}


def tar(entries, time):
    """A tar file of these entries, by name; folders that are not named get the usual rights."""
    whole = dict(entries)
    for name in entries:
        for folder in Path(name).parents:
            if str(folder) != ".":
                whole.setdefault(str(folder), Entry(None, 0o755))
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, entry in sorted(whole.items()):
            info = tarfile.TarInfo(name)
            info.mode, info.mtime, info.uid, info.gid = entry.mode, time, entry.owner, entry.owner
            if entry.data is None:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            else:
                info.size = len(entry.data)
                archive.addfile(info, io.BytesIO(entry.data))
    return written.getvalue()


def compressed(data):
    """The same in gzip, without the time and the name that gzip would add."""
    written = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=written, compresslevel=9, mtime=0) as file:
        file.write(data)
    return written.getvalue()


def zipped(name, data):
    """A zip file with one program in it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        info = zipfile.ZipInfo(name, ZIP_TIME)
        info.create_system, info.external_attr = 3, 0o755 << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        # An entry with attributes of its own does not take the level of the archive.
        archive.writestr(info, data, compresslevel=9)
    return written.getvalue()


def digest(data):
    return hashlib.sha256(data).hexdigest()
