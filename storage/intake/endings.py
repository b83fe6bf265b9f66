"""Whether a media file is there as a whole, read from its own structure.

Decoders read what is there and are silent about what is missing. Formats: RIFF/WAVE (Microsoft 1991),
Ogg pages (RFC 3533), the Xing header of MP3, boxes of the ISO base media file format (ISO/IEC 14496-12).
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_UNKNOWN_SIZE = (0, 0xFFFFFFFF)  # what a program writes that cannot go back to fill in the length
_OGG_LAST_PAGE = 0x04
_OGG_TAIL = 2 * 65307  # the longest Ogg page, twice: the last whole page begins in it


@dataclass(frozen=True, slots=True)
class Ending:
    """`early`: the structure says that the end is missing; `states_length`: an MP3 file says how long it is."""

    early: bool = False
    states_length: bool = False


def read_ending(file: BinaryIO) -> Ending:
    """What a file's structure tells about its end; nothing for formats that tell nothing."""
    file.seek(0)
    head = file.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return Ending(early=_wave_is_short(file))
    if head[:4] == b"OggS":
        return Ending(early=not _ogg_is_closed(file))
    return Ending(states_length=_is_counted_mp3(file, head))


def begins_with_zeros(file: BinaryIO) -> bool:
    """Whether there is nothing but zeros where every format has its name."""
    file.seek(0)
    return not any(file.read(1 << 16))


def lacks_index(file: BinaryIO) -> bool:
    """Whether this is an MP4, M4A or 3GP file without the index (`moov`) that its end or beginning carries."""
    names = [name for name, _, _ in _boxes(file)]
    return bool(names) and names[0] == b"ftyp" and b"moov" not in names


def _wave_is_short(file: BinaryIO) -> bool:
    size = _size(file)
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"data":
            return length not in _UNKNOWN_SIZE and position + 8 + length > size
        position += 8 + length + length % 2
    return True


def _ogg_is_closed(file: BinaryIO) -> bool:
    file.seek(max(0, _size(file) - _OGG_TAIL))
    tail = file.read()
    last = tail.rfind(b"OggS")
    page = tail[last:]
    if last < 0 or len(page) < 27 or len(page) < 27 + page[26]:
        return False
    whole = 27 + page[26] + sum(page[27 : 27 + page[26]])
    return len(page) >= whole and bool(page[5] & _OGG_LAST_PAGE)


def _is_counted_mp3(file: BinaryIO, head: bytes) -> bool:
    """Whether the first frame counts the frames of the file (the headers `Xing` and `Info`)."""
    # the size of an ID3v2 tag is written in four bytes of seven bits
    tag = 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
    file.seek(tag if head[:3] == b"ID3" else 0)
    frame = file.read(64)
    return frame[:1] == b"\xff" and (b"Xing" in frame or b"Info" in frame)


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, position and length of the boxes at the top of the file, as far as they can be followed."""
    size = _size(file)
    position = 0
    while position + 8 <= size:
        file.seek(position)
        length, name = struct.unpack(">I4s", file.read(8))
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
        if length == 0:
            length = size - position
        yield name, position, length
        if length < 8:
            return
        position += length


def _size(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)
