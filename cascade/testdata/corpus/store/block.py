"""Blocks: the unit that is read, checked and lost."""

import struct
import zlib

BLOCK_BYTES = 4096
HEADER = struct.Struct("<16sII")


class TornBlock(Exception):
    """A block whose checksum does not hold."""


def seal(file_id: bytes, number: int, payload: bytes) -> bytes:
    """Put the checksum of payload, number and file id in front of payload."""
    crc = zlib.crc32(HEADER.pack(file_id, number, 0) + payload)
    return HEADER.pack(file_id, number, crc) + payload


def unseal(file_id: bytes, number: int, block: bytes) -> bytes:
    """Return the payload of a block, or raise TornBlock if it is not what was written there."""
    found_id, found_number, crc = HEADER.unpack_from(block)
    payload = block[HEADER.size:]
    if found_id != file_id or found_number != number:
        raise TornBlock(f"block {number} holds block {found_number} of another write")
    if zlib.crc32(HEADER.pack(file_id, number, 0) + payload) != crc:
        raise TornBlock(f"block {number} is damaged")
    return payload
