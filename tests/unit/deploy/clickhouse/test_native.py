"""Zones and block infos of Native blocks."""

from __future__ import annotations

import json

from deploy.local.clickhouse.native import may_lack_zones, with_zones, zones

BLOCK = b"\x02\x01\x02at\x08DateTime\x01\x02\x03\x04\x01s\x06String\x01x"


def test_zones_of_a_description() -> None:
    rows = [["at", "DateTime('Asia/Tokyo')", ""], ["d", "DateTime"], ["t", "DateTime64(3)"]]
    description = json.dumps({"data": rows}).encode()
    assert zones(description) == {"at": ["DateTime('Asia/Tokyo')"], "d": ["DateTime"]}


def test_a_header_gets_its_zone() -> None:
    patched = with_zones(BLOCK, {"at": ["DateTime('Asia/Tokyo')"]})
    assert patched == BLOCK.replace(b"\x08DateTime", b"\x16DateTime('Asia/Tokyo')")
    assert with_zones(BLOCK, {"at": ["DateTime"]}) == BLOCK
    assert may_lack_zones(BLOCK)
    assert not may_lack_zones(patched)


def test_data_that_look_like_a_header_are_left_alone() -> None:
    twice = BLOCK + b"\x02at\x08DateTime"
    assert with_zones(twice, {"at": ["DateTime('Asia/Tokyo')"]}) == twice
