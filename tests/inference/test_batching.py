"""Requests that wait together run as one forward, and nobody can tell from the results."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from gan_demos.inference.batching import signature, split, stack

from .networks import NETWORKS, Gate, Recorder, keep, load, x

SAMPLE = 2 / 32768  # 2 LSB of 16-bit audio
LEVEL = 1 / 255


def draw(model: str, seed: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    if model == "audio":
        return {"latent": torch.randn(16, generator=generator)}
    if model == "picture":
        size = 16 + 8 * (seed % 2)  # two sizes: these cannot share a batch
        return {"image": torch.rand(3, size, size, generator=generator), "label": torch.tensor(seed % 10)}
    return {"vector": torch.randn(8, generator=generator), "scale": torch.randn((), generator=generator)}


def alone(model: str, seed: int):
    """The answer from the network itself, a batch of one, no engine."""
    with torch.inference_mode():
        outputs = load(model, NETWORKS)(**stack([draw(model, seed)]))
    return split(outputs, 1)[0]


def assert_close(answer, expected, tolerance):
    if isinstance(expected, dict):
        assert answer.keys() == expected.keys()
        answer, expected = list(answer.values()), list(expected.values())
    if isinstance(expected, tuple | list):
        assert len(answer) == len(expected)
        for one, other in zip(answer, expected, strict=True):
            assert_close(one, other, tolerance)
        return
    assert answer.shape == expected.shape
    assert (answer - expected).abs().max() <= tolerance


def test_two_hundred_mixed_requests_from_twenty_threads_get_their_own_answers(make_engine):
    engine = make_engine()
    threads, each = 20, 10
    models = ["audio", "picture", "pair"]
    start = threading.Barrier(threads)

    def visitor(number: int):
        start.wait(30)
        seeds = range(number * each, number * each + each)
        return [(models[seed % 3], seed, engine.call(models[seed % 3], draw(models[seed % 3], seed))) for seed in seeds]

    with ThreadPoolExecutor(threads) as pool:
        answers = [answer for visit in pool.map(visitor, range(threads)) for answer in visit]

    assert len(answers) == threads * each
    for model, seed, answer in answers:
        assert_close(answer, alone(model, seed), SAMPLE if model != "picture" else LEVEL)
    stats = engine.stats()
    assert max(stats["batch_sizes"]) > 1
    assert sum(size * count for size, count in stats["batch_sizes"].items()) == 200
    assert sum(model["count"] for model in stats["models"].values()) == 200


@pytest.mark.parametrize(("model", "tolerance"), [("audio", SAMPLE), ("picture", LEVEL), ("pair", SAMPLE)])
def test_batch_item_equals_the_same_request_alone(make_engine, model, tolerance):
    engine = make_engine()
    seeds = range(0, 64, 2)  # one picture size only, so that all 32 share a batch
    together = engine.call_many(model, [draw(model, seed) for seed in seeds])
    assert engine.stats()["batch_sizes"] == {32: 1}
    for seed, answer in zip(seeds, together, strict=True):
        assert_close(answer, engine.call(model, draw(model, seed)), tolerance)
        assert_close(answer, alone(model, seed), tolerance)
    flat = torch.stack([answer["image"] if model == "picture" else answer[0].flatten() for answer in together])
    assert flat.std(dim=0).max() > 20 * tolerance  # the items do differ


def test_what_waits_runs_together_up_to_max_batch_and_nothing_waits_for_company(make_engine):
    gate, recorder = Gate(), Recorder()
    engine = make_engine(loader=keep(gate=gate, recorder=recorder), max_batch=4)
    assert engine.call("recorder", x(-1)) == -1  # a batch of one although there is room for four
    first = engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    tickets = [engine.submit("recorder", x(value)) for value in range(10)]
    gate.leave.set()
    assert [float(ticket.result(30)) for ticket in tickets] == list(range(10))
    assert float(first.result(30)) == 0
    assert recorder.batches == [[-1.0], [0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0]]


def test_only_same_model_method_shapes_and_dtypes_share_a_batch(make_engine):
    gate = Gate()
    modules = {"gate": gate, "a": Recorder(), "b": Recorder()}
    engine = make_engine(loader=keep(**modules))
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    kinds = [torch.tensor(1.0), torch.tensor(2.0, dtype=torch.float64), torch.tensor([3.0, 3.0]), torch.tensor(4.0)]
    tickets = [engine.submit(name, {"x": value}) for name in "ab" for value in kinds]
    gate.leave.set()
    for ticket, value in zip(tickets, kinds * 2, strict=True):
        answer = ticket.result(30)
        assert torch.equal(answer, value) and answer.dtype == value.dtype
    assert modules["a"].batches == modules["b"].batches == [[1.0, 4.0], [2.0], [3.0]]


def test_the_oldest_request_is_served_first_however_popular_another_model_is(make_engine):
    gate, order = Gate(), []

    class Named(Recorder):
        def __init__(self, name):
            super().__init__()
            self.name = name

        def forward(self, x):
            order.append((self.name, len(x)))
            return x.clone()

    engine = make_engine(loader=keep(gate=gate, popular=Named("popular"), rare=Named("rare")), max_batch=2)
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    names = ["popular", "rare", "popular", "popular", "popular"]
    tickets = [engine.submit(name, x(0)) for name in names]
    gate.leave.set()
    for ticket in tickets:
        ticket.result(30)
    assert order == [("popular", 2), ("rare", 1), ("popular", 2)]


def test_other_methods_can_be_called(make_engine):
    vector = torch.arange(8.0)
    assert torch.equal(make_engine().call("pair", {"vector": vector}, method="double"), 2 * vector)


def test_answers_are_ordinary_tensors_of_their_own(make_engine):
    engine = make_engine()
    one, other = engine.call_many("pair", [draw("pair", 0), draw("pair", 0)])
    kept = other[0].clone()
    one[0].add_(1)  # would raise on an inference tensor
    assert torch.equal(other[0], kept)
    assert one[0].untyped_storage().nbytes() == one[0].nbytes  # not a view that keeps the whole batch alive
    assert not one[0].is_inference() and not one[0].requires_grad


def test_inputs_may_be_overwritten_once_submitted(make_engine):
    gate = Gate()
    engine = make_engine(loader=keep(gate=gate, recorder=Recorder()))
    engine.submit("gate", x(0))
    assert gate.entered.wait(30)
    value = torch.tensor(1.0)
    ticket = engine.submit("recorder", {"x": value})
    value.fill_(7)
    gate.leave.set()
    assert ticket.result(30) == 1


def test_call_many_keeps_the_order_and_takes_more_than_the_queue_holds(make_engine):
    engine = make_engine(max_queue=5, max_batch=3)
    answers = engine.call_many("recorder", [x(value) for value in range(17)])
    assert [float(answer) for answer in answers] == list(range(17))
    assert engine.stats()["batch_sizes"] == {3: 5, 2: 1}
    assert engine.call_many("recorder", []) == []


def test_inputs_must_be_tensors(make_engine):
    engine = make_engine()
    with pytest.raises(TypeError, match="tensor"):
        engine.call("recorder", {"x": 1.0})
    with pytest.raises(TypeError, match="tensor"):
        engine.call("recorder", {})


def test_precision_is_a_choice_per_model_and_fp32_otherwise(make_engine):
    seeds = range(4)
    plain = make_engine().call_many("audio", [draw("audio", seed) for seed in seeds])
    halved = make_engine(precision={"audio": torch.bfloat16}).call_many("audio", [draw("audio", seed) for seed in seeds])
    for seed, fp32, bf16 in zip(seeds, plain, halved, strict=True):
        assert_close(fp32, alone("audio", seed), SAMPLE)
        assert bf16.dtype == torch.float32
        assert SAMPLE < (bf16 - fp32).abs().max() < 0.3  # it did run in bf16, and that is why it is not the default


def test_signature_tells_what_can_be_stacked():
    one = {"a": torch.zeros(3), "b": torch.tensor(1)}
    assert signature(one) == signature({"b": torch.tensor(2), "a": torch.ones(3)})
    assert signature(one) != signature({"a": torch.zeros(4), "b": torch.tensor(1)})
    assert signature(one) != signature({"a": torch.zeros(3), "b": torch.tensor(1.0)})
    assert signature(one) != signature({"a": torch.zeros(3), "c": torch.tensor(1)})


def test_split_refuses_outputs_without_a_batch_axis():
    with pytest.raises(RuntimeError, match="batch axis of 2"):
        split(torch.tensor(1.0), 2)
    with pytest.raises(RuntimeError, match="batch axis of 2"):
        split({"fine": torch.zeros(2, 3), "wrong": torch.zeros(3, 2)}, 2)


def test_what_is_to_be_alone_shares_no_forward(make_engine):
    recorder = Recorder()
    engine = make_engine(loader=keep(one=recorder))
    assert [float(answer) for answer in engine.call_many("one", [x(1), x(2), x(3)], alone=True)] == [1, 2, 3]
    assert recorder.batches == [[1], [2], [3]]
