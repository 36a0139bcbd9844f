"""Is an archive, files with their indexes, just what was signed, and with its database the whole record?"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from gateway.archive.files import ArchiveUnusable, digest_of_file, indexes_in, read_rows
from security.audit.verify import Report, verify_database
from security.audit.verify_archive import ArchiveReport, Index, verify_archive
from security.audit.verify_body import Finding
from security.audit.verify_log import Known


def verify_archived(directory: Path, known: Known) -> ArchiveReport:
    """Return what was found in an archive. What is no file or index of an archive any more is a finding too."""
    try:
        indexes = indexes_in(directory)
        lone = {path.name for path in directory.glob("[!.]*.parquet")} - {index.file for index in indexes}
        if lone:
            raise ArchiveUnusable(f"{min(lone)} stands without its index")
        report = verify_archive([(index, read_rows(directory / index.file)) for index in indexes], known)
    except ArchiveUnusable as error:
        return ArchiveReport(0, 0, {}, Finding("archive", 0, str(error)))
    return report if report.finding is not None else _with_digests(directory, indexes, report)


def verify_with_archive(url: str, directory: Path, known: Known) -> tuple[Report, ArchiveReport]:
    """Return what was found in a database and in the archive of what was removed from it, taken as one record.

    Both lead to checkpoints of one key, so they are parts of one tree; each stretch that was removed must be in just
    the file that was signed for it, and each exchange that is cut in two must have both its halves.
    Raises DatabaseUnreadable. Must not be called where an event loop runs.
    """
    archived = verify_archived(directory, known)
    indexes = indexes_in(directory) if archived.finding is None else []
    told = (*known.checkpoints, *(index.checkpoint for index in indexes))
    report = verify_database(url, keys=known.keys, checkpoints=told)
    if archived.finding is None and report.finding is None:
        finding = _not_there(report, indexes) or _cut_in_two(report, directory, indexes)
        report = replace(report, finding=finding)
    return report, archived


def _not_there(report: Report, indexes: Sequence[Index]) -> Finding | None:
    """Return the first stretch that was removed and is not in the file that was signed for it."""
    held = {(index.log, index.first, index.end, index.sha256) for index in indexes}
    for one in report.removed:
        if (one.log, one.first, one.end, one.file) not in held:
            what = f"the records up to {one.end - 1} were removed, and their file of {one.month} is not in the archive"
            return Finding(f"log {one.log}", one.first, what)
    return None


def _cut_in_two(report: Report, directory: Path, indexes: Sequence[Index]) -> Finding | None:
    """Return the first exchange of which a part was removed that is not one intent and one end, all taken together."""
    wanted = sorted({exchange for one in report.removed for exchange in one.straddling})
    removed = {(one.log, one.first) for one in report.removed}
    kinds = {exchange: set(report.straddled.get(exchange, ())) for exchange in wanted}
    for index in indexes if wanted else ():
        if (index.log, index.first) in removed:
            for exchange, kind in _kinds_in(directory / index.file, wanted):
                kinds[exchange].add(kind)
    for exchange in wanted:
        if "INTENT" not in kinds[exchange] or len(kinds[exchange]) != 2:
            return Finding(f"exchange {exchange}", 0, "archive and database together have not one intent and one end")
    return None


def _kinds_in(path: Path, exchanges: Sequence[str]) -> list[tuple[str, str]]:
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as database:
        asked = "SELECT exchange_id, kind FROM read_parquet(?) WHERE list_contains(?, exchange_id)"
        return [(row[0], row[1]) for row in database.execute(asked, [str(path), list(exchanges)]).fetchall()]


def _with_digests(directory: Path, indexes: Iterable[Index], report: ArchiveReport) -> ArchiveReport:
    """Compare the files as a whole, last: the records say better where a change is."""
    for index in indexes:
        if digest_of_file(directory / index.file) != index.sha256:
            what = "every record is what was signed, but the file is not the one that was written"
            return ArchiveReport(report.files, report.records, report.reaches, Finding(index.file, 0, what))
    return report
