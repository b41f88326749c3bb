"""A small reader of Mapbox Vector Tiles, written from the specification and apart from geo/tiles.py."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Ring = list[tuple[int, int]]


@dataclass
class Feature:
    """One decoded feature; `paths` are its points, lines or closed rings in tile units."""

    id: int | None = None
    kind: int = 0
    properties: dict[str, Any] = field(default_factory=dict)
    paths: list[Ring] = field(default_factory=list)


def decode_tile(data: bytes) -> dict[str, list[Feature]]:
    """Layer name → features."""
    layers = {}
    for number, payload in _fields(data):
        assert number == 3
        name, features = _layer(payload)
        layers[name] = features
    return layers


def ring_area(ring: Ring) -> float:
    """Signed area by the surveyor's formula, y down: positive for outer rings."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def _layer(data: bytes) -> tuple[str, list[Feature]]:
    name, keys, values, raw, version = "", [], [], [], 0
    for number, payload in _fields(data):
        if number == 1:
            name = payload.decode()
        elif number == 2:
            raw.append(payload)
        elif number == 3:
            keys.append(payload.decode())
        elif number == 4:
            values.append(_value(payload))
        elif number == 15:
            version = payload
    assert version == 2
    return name, [_feature(payload, keys, values) for payload in raw]


def _feature(data: bytes, keys: list[str], values: list[Any]) -> Feature:
    feature = Feature()
    for number, payload in _fields(data):
        if number == 1:
            feature.id = payload
        elif number == 2:
            tags = list(_varints(payload))
            feature.properties = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
        elif number == 3:
            feature.kind = payload
        elif number == 4:
            feature.paths = _paths(list(_varints(payload)))
    return feature


def _paths(commands: list[int]) -> list[Ring]:
    paths, x, y, at = [], 0, 0, 0
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:
            continue
        for _ in range(count):
            x, y = x + _signed(commands[at]), y + _signed(commands[at + 1])
            at += 2
            if command == 1:
                paths.append([])
            paths[-1].append((x, y))
    return paths


def _value(data: bytes) -> Any:
    [(number, payload)] = list(_fields(data))
    if number == 1:
        return payload.decode()
    if number == 3:
        return struct.unpack("<d", payload)[0]
    return _signed(payload) if number == 6 else payload


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
        elif key & 7 == 1:
            value, at = data[at : at + 8], at + 8
        else:
            length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
        yield key >> 3, value


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
