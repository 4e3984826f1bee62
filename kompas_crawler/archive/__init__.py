"""The Parquet archive: schemas, staging, commit, the index of what is known, and the ways to read it."""

from kompas_crawler.archive.commit import CommitReport
from kompas_crawler.archive.gate import Gate
from kompas_crawler.archive.index import Known
from kompas_crawler.archive.observations import Observation, Removal, Sighting
from kompas_crawler.archive.quarantine import Decision
from kompas_crawler.archive.raw import RawPointer, RawWriter, WireExchange
from kompas_crawler.archive.raw_reading import Exchange, exchanges, read_exchange
from kompas_crawler.archive.runs import RunRecord
from kompas_crawler.archive.staging import Staging
from kompas_crawler.archive.store import Archive, Judgement

__all__ = [
    "Archive",
    "CommitReport",
    "Decision",
    "Exchange",
    "Gate",
    "Judgement",
    "Known",
    "Observation",
    "RawPointer",
    "RawWriter",
    "Removal",
    "RunRecord",
    "Sighting",
    "Staging",
    "WireExchange",
    "exchanges",
    "read_exchange",
]
