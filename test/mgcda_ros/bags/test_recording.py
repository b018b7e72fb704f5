"""Every kind of bag is read alike; a damaged one as far as it goes, and never silently."""

from __future__ import annotations

import random
import re
import struct
from pathlib import Path

import pytest
from bag_samples import KINDS, START_NS, Sample, cut, storage_file, text, write_bag

from mgcda_ros.bags.recording import Recording
from mgcda_ros.bags.stored import StoredMessage, deserialize

SECOND = 10**9
CHANCE = random.Random(3)
SAMPLES: list[Sample] = [
    each
    for number in range(300)
    for each in (
        text("/a", START_NS + number * SECOND, f"a{number} {CHANCE.randbytes(1000).hex()}"),
        text("/b", START_NS + number * SECOND + 1, f"b{number}"),
    )
]


def read(path: Path, *topics: str) -> tuple[list[tuple[str, int, str]], list[str]]:
    """Return topic, time and text of the messages, and what the bag is said to have wrong."""
    with Recording(path) as recording:
        wanted = topics or tuple(recording.topics)
        found = [(each.topic, each.time_ns, deserialize(each).data) for each in recording.messages(wanted)]
        return found, recording.problems


def expected(*topics: str, count: int | None = None) -> list[tuple[str, int, str]]:
    """Return the same of what was written, the first count of them."""
    return [
        (each.topic, each.time_ns, each.raw[8:-1].decode()) for each in SAMPLES if not topics or each.topic in topics
    ][:count]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_whole_without_a_complaint(kind: str, tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag", kind, SAMPLES)
    assert read(path) == (expected(), [])
    assert read(path, "/b") == (expected("/b"), [])
    with Recording(path) as recording:
        assert (recording.start_ns, recording.end_ns) == (SAMPLES[0].time_ns, SAMPLES[-1].time_ns)
        assert {name: topic.count for name, topic in recording.topics.items()} == {"/a": 300, "/b": 300}


@pytest.mark.parametrize("share", [0.9, 0.5])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ros1, lz4"])
def test_bag_that_is_cut_off_is_read_as_far_as_it_goes(kind: str, share: float, tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag", kind, SAMPLES)
    cut(storage_file(path), share)
    found, problems = read(path)
    assert found == expected(count=len(found)), "what is read is what was written, without a hole"
    # Of a compressed stream only whole blocks can be read, and a chunk of rosbags' writer is one of them.
    least = 0 if "zstd chunks" in kind else 0.5 * share * len(SAMPLES)
    assert least <= len(found) < len(SAMPLES)
    assert problems
    with Recording(path) as recording:
        assert recording.end_ns == (found[-1][1] if found else None)


@pytest.mark.parametrize("kind", ["mcap", "sqlite3"])
def test_folder_without_metadata_is_read_all_the_same(kind: str, tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag", kind, SAMPLES)
    (path / "metadata.yaml").unlink()
    found, problems = read(path)
    assert sorted(found) == sorted(expected())
    assert "metadata" in problems[0]


def test_files_of_a_split_bag_are_read_in_their_order_and_the_cut_one_as_far_as_it_goes(tmp_path: Path) -> None:
    parts = [SAMPLES[:200], SAMPLES[200:400], SAMPLES[400:]]
    folder = tmp_path / "split"
    folder.mkdir()
    for number, part in zip((0, 2, 10), parts, strict=True):
        written = storage_file(write_bag(tmp_path / f"part{number}", "mcap", part))
        written.rename(folder / f"split_{number}.mcap")
    cut(folder / "split_10.mcap", 0.5)
    found, problems = read(folder)
    assert found == expected(count=len(found))
    assert 400 < len(found) < 600
    assert any("split_10.mcap" in sentence for sentence in problems)


def unindexed(path: Path, *, is_open: bool) -> Path:
    """Make of a ROS 1 bag what a killed recorder leaves: no index and, where is_open, the chunk's size not written."""
    content = bytearray(path.read_bytes())
    place = content.index(b"index_pos=") + len(b"index_pos=")
    (index,) = struct.unpack_from("<Q", content, place)
    for name, size in ((b"index_pos=", 8), (b"conn_count=", 4), (b"chunk_count=", 4)):
        start = content.index(name) + len(name)
        content[start : start + size] = bytes(size)
    del content[index:]
    if is_open:
        # The last chunk: its header ends with one of three fields; its size comes next, and then its data.
        compression, size_field = content.rindex(b"compression="), content.rindex(b"size=")
        end = max(compression + len(b"compression=none"), size_field + 9, content.rindex(b"op=\x05") + 4)
        (size,) = struct.unpack_from("<I", content, end)
        content[end : end + 4] = bytes(4)
        del content[end + 4 + size :]
    active = path.with_suffix(".bag.active")
    active.write_bytes(content)
    return active


@pytest.mark.parametrize("is_open", [False, True])
def test_unindexed_bag_of_ros1_is_read_whole(is_open: bool, tmp_path: Path) -> None:
    active = unindexed(write_bag(tmp_path / "drive", "ros1", SAMPLES), is_open=is_open)
    found, problems = read(active)
    assert found == expected()
    assert "not indexed" in problems[0]


def test_unindexed_and_cut_bag_of_ros1_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    active = cut(unindexed(write_bag(tmp_path / "drive", "ros1", SAMPLES), is_open=True), 0.5)
    found, problems = read(active)
    assert found == expected(count=len(found)) and 200 < len(found) < 400
    assert any("ends inside a record" in sentence for sentence in problems)


def test_damaged_chunk_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    long = [each._replace(time_ns=each.time_ns + lap * 300 * SECOND) for lap in range(6) for each in SAMPLES]
    path = storage_file(write_bag(tmp_path / "bag", "mcap, zstd chunks", long))
    content = bytearray(path.read_bytes())
    chunks = [match.start() for match in re.finditer(b"\x04\x00\x00\x00zstd", bytes(content))]
    assert len(chunks) > 2
    frame = chunks[1] + 4 + len("zstd") + 8
    content[frame : frame + 4] = bytes(4)
    path.write_bytes(content)
    with Recording(path) as recording:
        count = len(list(recording.messages(("/a", "/b"))))
        assert recording.end_ns == long[count - 1].time_ns, "not what the index promises"
    found, problems = read(path)
    assert 0 < len(found) == count < len(long)
    assert any("bag.mcap cannot be read after" in sentence for sentence in problems)
    cut(path, 0.999)
    scanned, problems = read(path)
    assert len(scanned) > len(found), "without the index, the chunks after the damaged one are read too"
    assert any("is damaged" in sentence for sentence in problems)


def test_messages_in_a_log_that_was_never_merged_are_said_to_be_missing(tmp_path: Path) -> None:
    path = write_bag(tmp_path / "bag", "sqlite3", SAMPLES)
    file = storage_file(path)
    file.with_name(f"{file.name}-wal").write_bytes(b"log")
    found, problems = read(path)
    assert found == expected()
    assert any("wal_checkpoint" in sentence for sentence in problems)


@pytest.mark.parametrize("content", [b"", b"no bag at all", b"\x89MCAP0\r\n", b"SQLite format 3\x00"])
def test_what_is_no_bag_is_refused_or_is_an_empty_one_with_problems(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "some.mcap"
    path.write_bytes(content)
    try:
        with Recording(path) as recording:
            assert recording.topics == {} and recording.problems
    except ValueError as error:
        assert "no bag" in str(error)


def test_folder_without_any_bag_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no .mcap or .db3"):
        Recording(tmp_path).__enter__()
    with pytest.raises(FileNotFoundError, match="no such bag"):
        Recording(tmp_path / "missing").__enter__()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "file" not in kind])
def test_damage_anywhere_is_told_and_never_raises(kind: str, tmp_path: Path) -> None:
    chance = random.Random(kind)
    whole = storage_file(write_bag(tmp_path / "bag", kind, SAMPLES[:60]))
    content = whole.read_bytes()
    for number in range(25):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        if number % 2:
            del damaged[chance.randrange(1, len(damaged)) :]
        path = tmp_path / f"damaged{whole.suffix}"
        path.write_bytes(damaged)
        try:
            with Recording(path) as recording:
                stored = list(recording.messages(list(recording.topics)))
                problems = recording.problems
        except ValueError as error:
            assert "is no bag" in str(error)
            continue
        unreadable = sum(not is_readable(each) for each in stored)
        assert problems or unreadable or len(stored) == 60, "messages are missing without a word"


def is_readable(message: StoredMessage) -> bool:
    try:
        deserialize(message)
    except Exception:  # of rosbags, which has many
        return False
    return True
