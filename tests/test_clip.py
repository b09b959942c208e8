"""The CLIP room: tokens, towers through the engine, finding, scoring, and that open_clip's own functions load the same folder."""

import functools
import hashlib
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from gan_demos import checkpoints, clip
from gan_demos.clip import configs, encode, networks, retrieval, scoring, tokens
from gan_demos.errors import CheckpointError, UserError
from gan_demos.inference import Engine
from gan_demos.remembered import Remembered
from tests.support import ROOT

FOLDER = ROOT / "checkpoints" / clip.MODEL
TEXTS = ["a grumpy old man with a ginger beard", "cat", "", "two red roses in a vase, close-up!", "word " * 200]


@pytest.fixture(scope="module")
def trained() -> clip.Clip:
    return checkpoints.load(clip.MODEL, clip.NETWORKS)


@pytest.fixture(scope="module")
def own_engine():
    with Engine(clip.NETWORKS, device="cpu", loader=functools.partial(checkpoints.load, debug={clip.MODEL: clip.DEBUG})) as made:
        yield made


@pytest.fixture
def context(debug, own_engine):
    """What an endpoint's function gets, as far as this room uses it, with the debug twin."""
    return SimpleNamespace(engine=own_engine, owner=None, model=lambda name: checkpoints.DEBUG_PREFIX + name)


def run_python(code: str, *path: str, **settings: str) -> str:
    """What a fresh Python prints."""
    program = f"import sys; sys.path[:0] = {[*path, str(ROOT)]!r}\n{code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, cwd=path[0] if path else ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


# tokens


def test_tokens_of_a_text_its_mask_and_where_they_stand():
    numbers, mask = clip.tokenize(TEXTS)
    assert numbers.shape == mask.shape == (len(TEXTS), configs.CONTEXT)
    assert numbers.dtype == torch.int64 and mask.dtype == torch.bool
    assert mask.sum(1).tolist()[1:3] == [3, 2], "a word with its start and end mark; only those"
    assert mask.sum(1)[4] == configs.CONTEXT, "a long text is cut"
    assert (numbers[~mask] == 0).all() and (numbers[mask] != 0).all()
    assert int(numbers.max()) < configs.VOCABULARY
    text = "Bald  man, glasses"
    found = [text[start:end] for start, end in clip.spans(text) if end]
    assert found == ["Bald", "man", ",", "glasses"]
    assert len(clip.spans(text)) == configs.CONTEXT
    assert clip.tokenize([])[0].shape == (0, configs.CONTEXT)


def test_a_missing_or_damaged_tokenizer_is_named(tmp_path):
    file = tmp_path / "tokenizer.json"
    with pytest.raises(CheckpointError, match="is missing.*train clip-small"):
        tokens.read(file, "0" * 64)
    data = (FOLDER / "tokenizer.json").read_bytes()
    file.write_bytes(data[:-1])
    with pytest.raises(CheckpointError, match="is damaged.*train clip-small"):
        tokens.read(file, hashlib.sha256(data).hexdigest())


# towers


def test_text_goes_through_the_engine_and_padding_gives_nothing(context, monkeypatch):
    found = clip.encode_text(context, TEXTS)
    assert found.sentence.shape == (len(TEXTS), 256) and found.words.shape == (len(TEXTS), 48, 384)
    torch.testing.assert_close(found.sentence.norm(dim=1), torch.ones(len(TEXTS)))
    assert (found.words[~found.mask] == 0).all() and (found.words[found.mask].abs().sum(1) > 0).all()
    assert clip.encode_text(context, []).words.shape == (0, 48, 384)
    monkeypatch.setattr(encode, "_TEXTS", Remembered(8, clip.MODEL))
    alone = clip.encode_text(context, TEXTS[3:4])
    torch.testing.assert_close(alone.sentence[0], found.sentence[3], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(alone.words[0], found.words[3], rtol=1e-4, atol=1e-4)


def test_a_text_is_encoded_once_as_long_as_the_weights_are_the_same(context, monkeypatch):
    monkeypatch.setattr(encode, "_TEXTS", Remembered(3, clip.MODEL))
    engine, asked, weights = context.engine, [], {"model.safetensors": "1"}

    def call_many(model, items, **how):
        asked.append(len(items))
        return Engine.call_many(engine, model, items, **how)

    monkeypatch.setattr(engine, "call_many", call_many)
    monkeypatch.setattr(engine, "config", lambda model: {"gan_demos": {"sha256": dict(weights)}})
    first = clip.encode_text(context, ["cat", "dog", "cat"])
    again = clip.encode_text(context, ["dog", "cat", "a red cat"])
    assert asked == [2, 1]
    for name in ("sentence", "words", "mask"):
        assert torch.equal(getattr(first, name)[0], getattr(first, name)[2])
        assert torch.equal(getattr(first, name)[:2].flip(0), getattr(again, name)[:2])
    first.words.zero_()
    assert torch.equal(clip.encode_text(context, ["dog"]).words[0], again.words[0]), "what is remembered is nobody's to change"
    clip.encode_text(context, ["fish"])
    clip.encode_text(context, ["dog"])
    clip.encode_text(context, ["cat"])
    assert asked == [2, 1, 0, 1, 0, 1], "three are kept, those that were asked for last"
    weights["model.safetensors"] = "2"
    clip.encode_text(context, ["cat"])
    assert asked[-1] == 1 and len(asked) == 7


def test_pictures_of_any_size_go_through_the_engine(context):
    pictures = torch.rand(3, 3, 50, 70, generator=torch.Generator().manual_seed(1))
    found = clip.encode_images(context, pictures)
    assert found.shape == (3, 256)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(clip.encode_images(context, pictures[1:2])[0], found[1], rtol=1e-4, atol=1e-5)
    assert clip.encode_images(context, pictures[:0]).shape == (0, 256)


def test_the_trained_towers_give_the_same_alone_and_in_company_and_at_any_padding(trained):
    numbers, mask = clip.tokenize(TEXTS[:4])
    pictures = torch.rand(3, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found, shown = trained(tokens=numbers, mask=mask), trained(image=pictures)
        short = trained(tokens=numbers[1:2, :3], mask=mask[1:2, :3])
        torch.testing.assert_close(short["sentence"][0], found["sentence"][1], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(short["words"][0], found["words"][1, :3], rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(trained(image=pictures[2:])[0], shown[2], rtol=1e-4, atol=1e-5)


def test_gradients_reach_the_picture(trained):
    picture = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1)).requires_grad_()
    with torch.no_grad():
        numbers, mask = clip.tokenize(["a red apple"])
        wanted = trained(tokens=numbers, mask=mask)["sentence"]
    before = (trained(image=picture) * wanted).sum()
    before.backward()
    assert picture.grad.isfinite().all()
    moved = picture.detach() + 0.02 * picture.grad.sign()
    assert (trained(image=moved.clamp(0, 1)) * wanted).sum() > before + 0.01, "a step up the slope raises the score"


def test_a_picture_is_shrunk_with_antialiasing_and_its_range_kept():
    stripes = torch.zeros(1, 3, 64, 64)
    stripes[..., ::2] = 1
    grey = networks.fit_to((16, 16), stripes)
    assert (grey[..., 2:-2] - 0.5).abs().max() < 0.05, "every other column: taken as they come they would be all black or all white"
    edge = torch.zeros(1, 3, 8, 8)
    edge[..., 4:] = 1
    large = networks.fit_to((64, 64), edge)
    assert large.min() == 0 and large.max() == 1, "a cubic overshoots"
    assert networks.fit_to((8, 8), edge) is edge


def test_texts_of_like_meaning_are_near(trained):
    groups = [("a puppy", "a small dog"), ("a happy smiling face", "somebody grins"), ("an automobile", "a fast car")]
    first, second = ([text for text in column] for column in zip(*groups, strict=True))
    with torch.inference_mode():
        one, other = (trained(**dict(zip(("tokens", "mask"), clip.tokenize(texts), strict=True)))["sentence"] for texts in (first, second))
    assert retrieval.ranks(one, other).tolist() == [1] * len(groups)


def test_the_checkpoint_is_within_its_size():
    assert (FOLDER / checkpoints.MODEL_FILE).stat().st_size <= 30_000_000
    assert checkpoints.read_config(clip.MODEL)["text_transformer"]["max_position_embeddings"] == configs.CONTEXT


# open_clip


def test_open_clips_own_functions_load_the_same_folder(trained, monkeypatch):
    import open_clip

    monkeypatch.chdir(ROOT)  # its config names the text tower's folder from here
    model, _, prepare = open_clip.create_model_and_transforms(f"local-dir:checkpoints/{clip.MODEL}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:checkpoints/{clip.MODEL}")
    model.eval()
    numbers, mask = clip.tokenize(TEXTS)
    assert torch.equal(tokenizer(TEXTS), numbers)
    from PIL import Image

    square = Image.new("RGB", (128, 128), (200, 40, 90))
    with torch.inference_mode():
        torch.testing.assert_close(model.encode_text(numbers, normalize=True), trained(tokens=numbers, mask=mask)["sentence"])
        own = trained(image=torch.tensor([200, 40, 90]).view(1, 3, 1, 1).expand(1, 3, 128, 128) / 255)
        torch.testing.assert_close(model.encode_image(prepare(square)[None], normalize=True), own, rtol=1e-4, atol=1e-5)


def test_importing_the_room_or_the_catalogue_imports_none_of_it():
    code = "import gan_demos.clip, gan_demos.catalog; print(sorted({'open_clip', 'timm', 'transformers'} & set(sys.modules)))"
    assert run_python(code).strip() == "[]"


# As the wheel for CUDA beside a CPU torch: it fails unless its operators are declared.
REGISTER = "import torch\n@torch.library.register_fake('torchvision::nms')\ndef nms(a, b, c): ...\n"


@pytest.mark.parametrize("package, declared", [("READY = True\n", False), (REGISTER, True)])
def test_a_torchvision_that_works_is_left_alone_and_another_made_to_work(tmp_path, package, declared):
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(package)
    code = (
        "from gan_demos.clip import torchvision_shim\nprint(torchvision_shim.install(), torchvision_shim.install())\n"
        "import torch, torchvision\nprint(hasattr(torch.ops.torchvision, 'nms'), torchvision.__file__)"
    )
    first, second = run_python(code, str(tmp_path)).splitlines()
    assert first == f"{declared} {declared}"
    assert second == f"{declared} {tmp_path / 'torchvision' / '__init__.py'}"


def test_another_failure_of_torchvision_is_not_hidden(tmp_path):
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text("raise RuntimeError('no disk')\n")
    code = (
        "from gan_demos.clip import torchvision_shim\ntry:\n    torchvision_shim.install()\nexcept RuntimeError as error:\n    print(error)"
    )
    assert run_python(code, str(tmp_path)).strip() == "no disk"


# finding


def test_ranks_count_from_one_and_ties_count_against():
    candidates = torch.eye(4)
    query = torch.tensor([[1.0, 0, 0, 0], [0.9, 0.1, 0, 0], [0.5, 0.5, 0.5, 0.5]])
    assert retrieval.ranks(query, candidates).tolist() == [1, 2, 4]
    assert retrieval.ranks(query[:1], candidates, torch.tensor([3])).tolist() == [4]
    assert retrieval.recall(torch.tensor([1, 2, 11]), 10) == pytest.approx(2 / 3)
    numbers, cosines = retrieval.search(query[1:2], candidates, 2)
    assert numbers.tolist() == [[0, 1]] and cosines[0].tolist() == pytest.approx([0.9, 0.1])
    assert retrieval.search(query, candidates, 99)[0].shape == (3, 4)


# scoring


def test_scores_are_cosines_by_our_clip_unless_the_setting_names_another(context, monkeypatch):
    monkeypatch.delenv(scoring.VARIABLE, raising=False)
    pictures, texts = torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(1)), ["a red apple", "rain"]
    found = clip.score(context, pictures, texts)
    expected = (clip.encode_images(context, pictures) * clip.encode_text(context, texts).sentence).sum(1)
    torch.testing.assert_close(found, expected)
    assert clip.scorer_name() == clip.MODEL
    monkeypatch.setenv(scoring.VARIABLE, str(FOLDER))
    assert clip.scorer_name() == str(FOLDER)


def test_a_folder_of_open_clip_scores_in_place_of_ours(context, trained, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # the folder is found from anywhere
    monkeypatch.setenv(scoring.VARIABLE, str(FOLDER))
    pictures = torch.rand(scoring.SLICE + 2, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    texts = [f"{number} apples" for number in range(len(pictures))]
    with torch.inference_mode():
        numbers, mask = clip.tokenize(texts)
        expected = (trained(image=pictures) * trained(tokens=numbers, mask=mask)["sentence"]).sum(1)
    torch.testing.assert_close(clip.score(context, pictures, texts), expected, rtol=1e-3, atol=1e-4)
    picture = pictures[:1].clone().requires_grad_()
    scoring.load_scorer(str(FOLDER)).encode_images(picture).sum().backward()
    assert picture.grad.abs().sum() > 0


@pytest.mark.filterwarnings("ignore")  # open_clip's own, on its way to failing
@pytest.mark.parametrize(
    "name, reason",
    [
        ("ViT-B-32/laion2b_s34b_b79k", "cannot be loaded.*needs internet.*unset GAN_DEMOS_CLIP"),
        ("ViT-B-32/no-such", "has no weights 'no-such'.*openai"),
        ("VitB32/openai", "neither a folder nor a model.*Did you mean ViT-B-32"),
        ("hf-hub:nobody/nothing", "cannot be loaded.*needs internet"),
    ],
)
def test_a_model_that_cannot_be_had_is_said_in_a_sentence(monkeypatch, tmp_path, name, reason):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match=reason) as caught:
        scoring.load_scorer(name)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_model_is_said_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot be loaded.*open_clip_config.json"):
        scoring.load_scorer(str(tmp_path))
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": {}}))
    with pytest.raises(UserError, match="cannot be loaded"):
        scoring.load_scorer(str(tmp_path))
