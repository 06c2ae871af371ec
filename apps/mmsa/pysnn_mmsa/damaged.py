"""What libraries raise on files that are damaged, in one place: they use many kinds of error for it."""

import zipfile
import zlib

import pysnn as snn

# h5py: KeyError and RuntimeError beside OSError; numpy: ValueError for headers, MemoryError for sizes that
# cannot be; zlib and zipfile: their own, NotImplementedError for versions to come.
DAMAGED = (
    OSError, KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError, EOFError, MemoryError,
    OverflowError, NotImplementedError, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


def reason(err: BaseException) -> str:
    """What such an error says; an error of ours is raised again."""
    if isinstance(err, snn.PysnnError):
        raise err
    return " ".join(str(err).split()) or type(err).__name__
