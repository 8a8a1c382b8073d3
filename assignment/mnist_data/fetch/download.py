"""Download one address into memory, going on where an earlier try broke off."""

import http.client
import urllib.error
import urllib.request

from mnist_data.errors import DataError, reason

CHUNK = 1 << 16  # bytes between two reports of progress
MAX_DOWNLOAD = 1 << 26  # bytes; the largest file of MNIST has 47 million, not even compressed


class SourceError(Exception):
    """One address is of no use; another may be. The message is a phrase."""


class _BrokenError(Exception):
    """The connection broke; what has come so far may be gone on from."""


def download(url, part, progress, timeout_s):
    """The content of an address.

    Parameters
    ----------
    url : str
        The address, http or https.
    part : Path
        Where the content is gathered. What an earlier run left there is gone on from, if the
        server can do so. It is left there, whatever happens.
    progress : callable
        Called as ``progress(done, total)`` in bytes; `total` is None where it is not known.
    timeout_s : float
        Seconds without a word from the server after which the connection counts as broken.

    Returns
    -------
    bytes
        The whole content.

    Raises
    ------
    SourceError
        If the server says no, or the connection broke and a further try brought nothing new.
    DataError
        If the content cannot be kept.
    """
    most = _size(part)
    while True:
        try:
            _go_on(url, part, progress, timeout_s)
            return part.read_bytes()
        except _BrokenError as error:
            done = _size(part)
            if done <= most:  # not one new byte: no use trying this server again
                kept = f", {done:,} bytes are kept for the next run" if done else ""
                raise SourceError(f"{error}{kept}") from error
            most = done


def _size(part):
    return part.stat().st_size if part.exists() else 0


def _go_on(url, part, progress, timeout_s):
    offset = _size(part)
    with _open(url, offset, timeout_s) as answer:
        start = _first_byte(answer)
        if start not in (0, offset):
            came = "an unknown part" if start is None else f"bytes from {start:,} on"
            raise SourceError(f"it sent {came} when asked for bytes from {offset:,} on")
        total = _total(answer, start)
        if total is not None and total > MAX_DOWNLOAD:
            raise SourceError(f"it offers {total:,} bytes, too many for a file of MNIST")
        done = start
        # A server that knows no ranges begins again, and so does the file.
        with _open_part(part, "ab" if start else "wb") as kept:
            while chunk := _read(answer, timeout_s):
                write_chunk(kept, chunk)
                done += len(chunk)
                progress(done, total)
                if done > MAX_DOWNLOAD:
                    raise SourceError(f"it sends more than {MAX_DOWNLOAD:,} bytes")
    if total is not None and done < total:
        raise _BrokenError(f"the connection broke after {done:,} of {total:,} bytes")


def _open(url, offset, timeout_s):
    headers = {"User-Agent": "nnlab", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    try:
        return urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=timeout_s
        )
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and offset:
            return _open(url, 0, timeout_s)  # what was kept is no beginning of what is there
        raise SourceError(f"HTTP {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        cause = error.reason if isinstance(error.reason, OSError) else OSError(error.reason)
        raise _broken(cause, timeout_s) from error
    except (OSError, http.client.HTTPException) as error:
        raise _broken(error, timeout_s) from error
    except ValueError as error:
        raise SourceError(f"it is no address ({error})") from error


def _read(answer, timeout_s):
    try:
        return answer.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _broken(error, timeout_s) from error


def _broken(error, timeout_s):
    if isinstance(error, TimeoutError):
        return _BrokenError(f"no answer within {timeout_s:g} s")
    if isinstance(error, OSError):
        return _BrokenError(f"no connection ({reason(error)})")
    return _BrokenError(f"no proper answer ({type(error).__name__})")


def _first_byte(answer):
    if answer.status != http.client.PARTIAL_CONTENT:
        return 0
    # Such as "bytes 500-999/1000".
    digits = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(digits) if digits.isdecimal() else None


def _total(answer, start):
    length = answer.headers.get("Content-Length", "")
    return start + int(length) if length.isdecimal() else None


def _open_part(part, mode):
    try:
        return part.open(mode)
    except OSError as error:
        raise DataError(f"{part}: the file cannot be written ({reason(error)}).") from error


def write_chunk(file, chunk):
    """Write some bytes to the disk, which may be full.

    Parameters
    ----------
    file : binary file
        Open for writing.
    chunk : bytes
        What to write.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        raise DataError(f"{file.name}: the file cannot be written ({reason(error)}).") from error
