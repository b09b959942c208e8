import hashlib
import json
import os
import threading

import pytest
import safetensors.torch
import torch
from torch import nn

from gan_demos import checkpoints
from gan_demos.errors import CheckpointError
from tests import toy

NETWORKS = toy.DEMO.networks
REBUILD = f"rebuild it with: python -m gan_demos train {toy.NAME}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMOS_CHECKPOINTS", str(tmp_path))
    monkeypatch.delenv(checkpoints.DEBUG_VARIABLE, raising=False)
    toy.save(tmp_path / toy.NAME)
    return tmp_path / toy.NAME


def refused(text, name=toy.NAME, networks=NETWORKS):
    with pytest.raises(CheckpointError) as caught:
        checkpoints.load(name, networks)
    assert text in str(caught.value)
    return str(caught.value)


def change_config(folder, change):
    config = json.loads((folder / "config.json").read_text())
    change(config)
    (folder / "config.json").write_text(json.dumps(config))


def rewrite(folder, weights):
    """Other weights with a sha256 that fits them: what is left to refuse is the weights themselves."""
    write(folder, safetensors.torch.save(weights))


def write(folder, data):
    (folder / "model.safetensors").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    change_config(folder, lambda config: config["gan_demos"]["sha256"].update({"model.safetensors": sha256}))


def test_a_saved_network_comes_back_as_it_was_to_fp16(folder):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        original = toy.ToyGenerator(length=32)
    loaded = checkpoints.load(toy.NAME, NETWORKS)
    assert not loaded.training
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    assert not any(p.requires_grad for p in loaded.parameters())
    assert loaded.count.dtype == torch.int64
    torch.testing.assert_close(loaded.layer.weight, original.layer.weight.half().float(), rtol=0, atol=0, check_stride=False)
    assert safetensors.torch.load_file(folder / "model.safetensors")["layer.weight"].dtype == torch.float16


def test_whole_numbers_take_a_byte_each_and_come_back_as_they_were(folder):
    original = toy.ToyGenerator(length=32)
    with torch.no_grad():
        original.layer.weight.mul_(127 / original.layer.weight.abs().max()).round_()
    checkpoints.save(folder, toy.NAME, "toy", "ToyGenerator", original, {"length": 32}, {})
    stored = safetensors.torch.load_file(folder / "model.safetensors")
    assert stored["layer.weight"].dtype == torch.int8 and stored["layer.weight"].abs().max() == 127
    loaded = checkpoints.load(toy.NAME, NETWORKS).layer.weight
    assert loaded.dtype == torch.float32
    torch.testing.assert_close(loaded, original.layer.weight.detach(), rtol=0, atol=0, check_stride=False)


def test_save_returns_the_sha256_that_config_and_file_have(folder):
    sha256 = toy.save(folder, weight_seed=3)
    assert sha256 == checkpoints.digest(toy.NAME) == checkpoints.verify(toy.NAME)
    assert checkpoints.extra(toy.NAME) == {"sample_rate": toy.RATE}
    assert sorted(os.listdir(folder)) == ["config.json", "model.safetensors"]


def test_from_pretrained_of_the_hub_mixin_reads_our_folder(folder):
    loaded = toy.ToyGenerator.from_pretrained(folder).eval()
    ours = checkpoints.load(toy.NAME, NETWORKS)
    latents = torch.randn(2, 4, generator=torch.Generator().manual_seed(1))
    assert loaded(latents).shape == (2, 32)  # 64 is the default: the argument came from config.json
    torch.testing.assert_close(loaded(latents), ours(latents), rtol=0, atol=0)


@pytest.mark.parametrize("position", [0, 5, 100, -1])
def test_one_flipped_bit_is_found(folder, position):
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    message = refused("is damaged")
    assert str(path) in message and REBUILD in message
    with pytest.raises(CheckpointError):
        checkpoints.verify(toy.NAME)


@pytest.mark.parametrize("size", [0, 7, 8, 200])
def test_a_file_cut_short_is_refused(folder, size):
    os.truncate(folder / "model.safetensors", size)
    assert REBUILD in refused("is damaged")


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_a_missing_file_is_named_with_the_command(folder, file):
    (folder / file).unlink()
    assert REBUILD in refused(str(folder / file))


def test_a_missing_folder_names_the_command(folder):
    refused("rebuild it with: python -m gan_demos train wavegan-moon", name="wavegan-moon")


def test_a_header_bomb_is_refused_before_it_is_read(folder):
    (folder / "model.safetensors").write_bytes((1 << 62).to_bytes(8, "little") + b"{" * 1000)
    assert REBUILD in refused("header")


def test_a_huge_file_is_refused_without_reading_it(folder):
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(1 << 40)  # sparse: reading it would take a terabyte
    refused("where at most")


def test_weights_of_another_shape_are_refused(folder):
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    rewrite(folder, weights | {"layer.weight": torch.zeros(32, 5)})
    assert "(32, 5), not (32, 4)" in refused("does not fit its network")


def test_a_scalar_is_not_spread_over_a_tensor(folder):
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    rewrite(folder, weights | {"norm.bias": torch.zeros(1)})
    refused("norm.bias has the shape (1,)")


@pytest.mark.parametrize("key", ["layer.weight", "stranger"])
def test_missing_and_unknown_weights_are_refused(folder, key):
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    if weights.pop(key, None) is None:
        weights[key] = torch.zeros(1)
    rewrite(folder, weights)
    assert key in refused("missing or unknown")


def test_what_is_no_safetensors_file_is_refused(folder):
    write(folder, (4).to_bytes(8, "little") + b"\x80\x04K\x01" * 9)  # the start of a pickle
    refused("is not a safetensors file")


def test_an_unknown_network_is_refused(folder):
    refused("'ToyGenerator', which is not known here", networks={"Other": toy.ToyGenerator})


@pytest.mark.parametrize(
    "change, text",
    [
        (lambda config: config.pop("gan_demos"), "has no 'gan_demos' part"),
        (lambda config: config["gan_demos"].update(format=2), "format 2"),
        (lambda config: config["gan_demos"].update(name="other"), "belongs to the checkpoint 'other'"),
        (lambda config: config["gan_demos"].update(sha256={}), "states no sha256"),
        (lambda config: config["gan_demos"].update(sha256={"model.safetensors": 7}), "states no sha256"),
        (lambda config: config["gan_demos"].update(extra=[]), "no 'extra'"),
        (lambda config: config.update(latent_dim=-1), "does not fit ToyGenerator"),
        (lambda config: config.update(surprise=1), "does not fit ToyGenerator"),
    ],
)
def test_a_wrong_config_is_refused(folder, change, text):
    change_config(folder, change)
    assert REBUILD in refused(text)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\xff"])
def test_a_config_that_is_no_json_object_is_refused(folder, text):
    (folder / "config.json").write_bytes(text.encode("latin-1"))
    assert REBUILD in refused(str(folder / "config.json"))


@pytest.mark.parametrize("name", ["", "../secret", "a/b", "A", "a.b", "a\n", "é", "..", None, "a" * 101])
def test_a_name_that_could_leave_the_root_is_refused(folder, name):
    with pytest.raises(CheckpointError, match="is not the name of a checkpoint"):
        checkpoints.folder(name)


def test_names_lists_folders_with_a_config(folder):
    (folder.parent / "empty").mkdir()
    (folder.parent / "debug-x").mkdir()
    (folder.parent / "debug-x" / "config.json").write_text("{}")
    assert checkpoints.names() == [toy.NAME]


def test_without_the_variable_the_root_is_beside_the_package(monkeypatch):
    monkeypatch.delenv("GAN_DEMOS_CHECKPOINTS", raising=False)
    assert checkpoints.root().name == "checkpoints" and (checkpoints.root().parent / "gan_demos" / "checkpoints.py").is_file()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e6])
def test_weights_that_fp16_cannot_hold_are_not_saved(folder, value):
    module = toy.ToyGenerator(length=32)
    with torch.no_grad():
        module.layer.weight[0, 0] = value
    before = (folder / "model.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match="layer.weight"):
        checkpoints.save(folder, toy.NAME, "toy", "ToyGenerator", module, {}, {})
    assert (folder / "model.safetensors").read_bytes() == before


def test_without_half_the_weights_keep_fp32(folder):
    module = toy.ToyGenerator(length=32)
    checkpoints.save(folder, toy.NAME, "toy", "ToyGenerator", module, {"length": 32}, {}, half=False)
    torch.testing.assert_close(checkpoints.load(toy.NAME, NETWORKS).layer.weight, module.layer.weight, rtol=0, atol=0, check_stride=False)


def test_extra_that_is_not_json_leaves_the_old_checkpoint_whole(folder):
    with pytest.raises((TypeError, ValueError)):
        checkpoints.save(folder, toy.NAME, "toy", "ToyGenerator", toy.ToyGenerator(), {"length": 64}, {"x": float("nan")})
    assert checkpoints.load(toy.NAME, NETWORKS).layer.out_features == 32


def test_a_reader_never_sees_half_a_file_while_it_is_saved_again(folder):
    """Each of the two files is whole at any time: what a reader may find between the renames is a sha256 that differs, never a fragment."""
    done = threading.Event()
    sizes = set()

    def read():
        while not done.is_set():
            sizes.add(len((folder / "model.safetensors").read_bytes()))
            json.loads((folder / "config.json").read_text())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for seed in range(30):
            toy.save(folder, weight_seed=seed)
    finally:
        done.set()
        reader.join()
    assert len(sizes) == 1


def test_debug_checkpoints_need_the_variable(folder, monkeypatch):
    name = "debug-" + toy.NAME
    with pytest.raises(CheckpointError, match="for tests only"):
        checkpoints.load(name, NETWORKS, toy.DEMO.debug)
    for value in ("", "0", "true"):
        monkeypatch.setenv(checkpoints.DEBUG_VARIABLE, value)
        with pytest.raises(CheckpointError, match="for tests only"):
            checkpoints.load(name, NETWORKS, toy.DEMO.debug)


def test_a_debug_folder_on_disk_is_never_loaded(folder):
    toy.save(folder.parent / ("debug-" + toy.NAME))
    refused("for tests only", name="debug-" + toy.NAME)


class Drawn(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("frequencies", torch.randn(5))
        self.layer = nn.Linear(400, 300)


def test_debug_weights_are_fixed_by_the_name_alone(folder, monkeypatch):
    monkeypatch.setenv(checkpoints.DEBUG_VARIABLE, "1")
    table = {"one": ("Drawn", {}, {"x": 1}), "two": ("Drawn", {}, {})}
    torch.manual_seed(1)
    first = checkpoints.load("debug-one", {"Drawn": Drawn}, table).state_dict()
    expected = torch.randn(1)
    torch.manual_seed(1)
    assert torch.equal(torch.randn(1), expected), "loading must not move the global generator"
    again = checkpoints.load("debug-one", {"Drawn": Drawn}, table).state_dict()
    other = checkpoints.load("debug-two", {"Drawn": Drawn}, table).state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not any(torch.equal(first[key], other[key]) for key in first)
    assert first["layer.weight"].std().item() == pytest.approx(1 / 20, rel=0.05)
    assert checkpoints.digest("debug-one", table) != checkpoints.digest("debug-two", table)
    assert checkpoints.extra("debug-one", table) == {"x": 1}


def test_an_undeclared_debug_checkpoint_is_refused(folder, monkeypatch):
    monkeypatch.setenv(checkpoints.DEBUG_VARIABLE, "1")
    refused("no demo declares one", name="debug-moon")
