"""What `make bench` says of a network, and where it writes it."""

import pytest
import torch
from torch import nn

from benchmarks import __main__ as bench
from benchmarks import ways

CPU = torch.device("cpu")
LIMITS = {"fp32": 1e12, "bf16": 1e12, "copy": 1e10}


def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 3, padding=1)).eval()


ITEM = {"input": torch.linspace(-1, 1, 3 * 16 * 16).view(3, 16, 16)}


@pytest.mark.parametrize("way", [ways.LAST, ways.HALF, ways.BOTH])
def test_every_way_computes_the_same_but_for_rounding(way):
    batch = {"input": torch.stack([ITEM["input"]] * 2)}
    with torch.inference_mode():
        expected = network()(**batch)
        made = ways.prepare(way, network(), "forward", batch)(batch)
    tolerance = 1e-6 if way == ways.LAST else 0.05
    torch.testing.assert_close(made.float(), expected, atol=tolerance, rtol=0)
    assert made.dtype == (torch.float32 if way == ways.LAST else torch.bfloat16)
    assert made.is_contiguous(memory_format=torch.channels_last) == (way != ways.HALF)


def test_the_work_of_a_forward_is_counted():
    found = ways.work(network(), "forward", {"input": ITEM["input"][None]})
    assert found["flops"] == 2 * 16 * 16 * 9 * (3 * 8 + 8 * 4)
    weights = 8 * 27 + 8 + 4 * 72 + 4
    assert found["bytes"] == 4 * (weights + 3 * 256 + 4 * 256)


def test_a_row_has_every_way_and_tells_of_one_that_fails(monkeypatch):
    def prepare(way, *rest):
        if way == ways.COMPILED:
            raise RuntimeError("there is no compiler\nlong story")
        return prepared(way, *rest)

    prepared = ways.prepare
    monkeypatch.setattr(ways, "prepare", prepare)
    rows = ways.measure(network, "forward", ITEM, CPU, LIMITS, seconds=0.01)
    assert set(rows) == set(ways.ways(CPU)) and rows[ways.COMPILED] == {"problem": "RuntimeError: there is no compiler"}
    own = rows[ways.APP]
    assert own["difference"] == 0 and 0 < rows[ways.HALF]["difference"] < 0.05
    assert own["per_second"] >= 1000 / own["ms"] and own["batch"] in ways.BATCHES
    work = ways.work(network(), "forward", {"input": ITEM["input"][None]})
    assert own["matmul"] == pytest.approx(work["flops"] * own["per_second"] / LIMITS["fp32"])
    assert own["copy"] == pytest.approx(work["bytes"] * 1000 / own["ms"] / LIMITS["copy"])


def test_a_device_has_one_part_of_the_report():
    report = bench.put("", "## One\n\nfirst\n")
    report = bench.put(report, "## Two\n\nsecond\n")
    report = bench.put(report, "## One\n\nthird\n")
    assert report.startswith(bench.INTRODUCTION.splitlines()[0])
    assert "first" not in report and report.index("second") < report.index("third") and report.count("## ") == 2
    assert bench.put(report, "## One\n\nthird\n") == report


def test_the_tables_say_what_was_measured():
    own = {"ms": 2.0, "batch": 8, "per_second": 1000.0, "difference": 0.0, "matmul": 0.25, "copy": 0.5}
    other = own | {"ms": 1.0, "per_second": 3000.0, "difference": 1e-6}
    row = {"model": "net", "method": "forward", "engine_ms": 3.5, "bare_ms": 2.0, "batching": {"speedup": 1.75}}
    row["ways"] = {ways.APP: own, ways.LAST: other, ways.COMPILED: {"problem": "none here"}}
    text = bench.section(CPU, LIMITS, [row], 64)
    assert "| net.forward | 2.00 | 1000 (8) | 25% | 50% | +1.50 | 1.75x |" in text
    assert "| net.forward | 2.00 / 3.00 (1e-06) | – |" in text and "- net, torch.compile: none here" in text
