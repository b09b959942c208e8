"""What the shapes' endpoints refuse, with which sentence."""

import pytest

from gan_demos.demo import run
from gan_demos.demos.shapes import DEMO, requests
from gan_demos.demos.shapes.vocabulary import AIRPLANE_POINTS, OFFERED, VOXELS
from gan_demos.errors import UserError
from gan_demos.parameters import check_request, plain

NAN, INFINITE = float("nan"), float("inf")
TERM = {"kind": requests.FIRST_KIND, "seed": 1}


@pytest.mark.parametrize(
    "parameters, sentence",
    [
        ({"kind": "spaceship"}, "Kind must be one of bathtub, .*got 'spaceship'"),
        ({"kind": None}, "Kind must be one of"),
        ({"model": "voxels"}, "Model must be one of voxels-household"),
        ({"seed": -1}, "Seed must be a whole number between 0 and 4294967295"),
        ({"seed": NAN}, "Seed must be a whole number"),
        ({"truncation": NAN}, "Truncation must be a number between 0 and 1"),
        ({"truncation": 1.01}, "Truncation must be a number between 0 and 1"),
        ({"width": INFINITE}, "Width must be a number between -1 and 1"),
        ({"legs": -1.5}, "Leg length must be a number between -1 and 1"),
        ({"latent": [NAN] * 200}, "Latent must be a list of numbers between -10 and 10"),
        ({"latent": [INFINITE] * 200}, "Latent must be a list of numbers between -10 and 10"),
        ({"latent": [-INFINITE]}, "Latent must be"),
        ({"latent": [1e300]}, "Latent must be"),
        ({"latent": [0.0] * 1_000_000}, "Latent must be"),
        ({"latent": "0"}, "Latent must be"),
        ({"look": "glass"}, "Look must be one of own, smooth, blocks, points"),
        ({"colour": "Pink"}, "Colours must be one of Dusk"),
        ({"formats": []}, "Formats must be a list of one or more of glb, obj, ply, stl"),
        ({"formats": ["glb", "glb"]}, "Formats must be .* each once"),
        ({"formats": ["exe"]}, "Formats must be"),
        ({"formats": "stl"}, "Formats must be"),
        ({"formats": [["stl"]]}, "Formats must be"),
        ({"millimetres": 0}, "Print size must be a number between 10 and 1000"),
        ({"millimetres": NAN}, "Print size must be"),
        ({"count": 3}, "no parameter 'count'"),
    ],
)
def test_bad_input_gets_a_sentence_before_anything_is_computed(parameters, sentence):
    with pytest.raises(UserError, match=sentence):
        run(DEMO, "shape", parameters, engine=None)


@pytest.mark.parametrize(
    "endpoint, parameters, sentence",
    [
        ("shelf", {"count": 1_000_000}, "Count must be a whole number between 1 and 24; got 1000000"),
        ("shelf", {"count": 0}, "Count must be"),
        ("shelf", {"seed": 2**32}, "First seed must be"),
        ("morph", {"seed": 4, "to_seed": 4, "to_kind": requests.FIRST_KIND}, "both ends are the same shape"),
        ("morph", {"frames": 100_000}, "Frames must be a whole number between 12 and 72"),
        ("morph", {"to_kind": "spaceship"}, "To kind must be one of"),
        ("arithmetic", {}, "Term a is missing: it must be an object of a kind and a seed"),
        ("arithmetic", {"a": TERM, "b": TERM}, "Term c is missing"),
        ("arithmetic", {"a": TERM, "c": TERM}, "Term b is missing"),
        ("arithmetic", {"a": TERM, "b": None, "c": TERM}, "Term b must be an object of a kind and a seed"),
        ("arithmetic", {"a": TERM, "b": {"kind": TERM["kind"]}, "c": TERM}, "Term b must be"),
        ("arithmetic", {"a": TERM, "b": {"kind": "spaceship", "seed": 1}, "c": TERM}, "Term b must be"),
        ("arithmetic", {"a": TERM, "b": {**TERM, "seed": NAN}, "c": TERM}, "Term b must be"),
        ("arithmetic", {"a": TERM, "b": {**TERM, "seed": INFINITE}, "c": TERM}, "Term b must be"),
        ("arithmetic", {"a": TERM, "b": {**TERM, "seed": True}, "c": TERM}, "Term b must be"),
        ("arithmetic", {"a": TERM, "b": {**TERM, "seed": 2**32}, "c": TERM}, "Term b must be"),
        ("arithmetic", {"a": {**TERM, "size": 2}, "b": TERM, "c": TERM}, "Term a must be"),
        ("compare", {"kind": "spaceship"}, "Kind must be one of"),
    ],
)
def test_bad_input_of_the_other_endpoints(endpoint, parameters, sentence):
    with pytest.raises(UserError, match=sentence):
        run(DEMO, endpoint, parameters, engine=None)


@pytest.mark.skipif(not {VOXELS, AIRPLANE_POINTS} <= {*OFFERED}, reason="one of the two models is not offered")
@pytest.mark.parametrize(
    "endpoint, parameters",
    [
        ("shape", {"model": VOXELS, "kind": "airplane"}),
        ("shelf", {"model": VOXELS, "kind": "airplane"}),
        ("morph", {"model": VOXELS, "to_kind": "airplane"}),
        ("arithmetic", {"model": VOXELS, "a": TERM, "b": TERM, "c": {"kind": "airplane", "seed": 0}}),
    ],
)
def test_a_kind_that_the_model_has_never_seen_is_refused_with_those_that_it_knows(endpoint, parameters):
    with pytest.raises(UserError, match="has never seen an airplane. It draws bathtub, bed, chair"):
        run(DEMO, endpoint, parameters, engine=None)


def test_formats_come_in_one_order_and_a_request_can_be_asked_for_again():
    request = check_request(requests.Shape, {"formats": ["stl", "glb"], "legs": -0.5})
    assert request.formats == ("glb", "stl")
    assert requests.positions(request) == {"legs": -0.5}
    assert check_request(requests.Shape, plain(request)) == request
