"""schemathesis against the API's own description, briefly; `make fuzz` does it at length."""

from collections import Counter
from collections.abc import Iterator

import pytest

from gan_demos import catalog
from tests import fuzzing
from tests.support import answers, start, wait_until

FITTING: Counter[str] = Counter()  # what became of all data that fits
NAMES = fuzzing.names(catalog.DEMOS)


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fuzzing.Fuzzer]:
    """The whole catalogue with debug checkpoints, asked for as little as can be asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_DEMOS_DEBUG", "1")
        patch.setenv("GAN_DEMOS_TESTING", "1")
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("fuzzing-cache")))
        running = start(catalog.DEMOS)
        wait_until(lambda: answers(f"{running.url}/healthz"), 120, "the application did not become ready")
        made = fuzzing.Fuzzer(running.url, catalog.DEMOS, small=True)
        yield made
        made.close()
        running.close()


@pytest.mark.parametrize("name", NAMES)
def test_data_that_fits_the_description_is_taken(fuzzer, name):
    outcomes = fuzzer.play(name, "fitting", 2, seed=1)
    assert outcomes.total() == 2
    assert set(outcomes) <= {"complete", "error"}, "refused before it was looked at"
    FITTING.update(outcomes)


@pytest.mark.parametrize("name", NAMES)
def test_data_that_does_not_fit_is_refused_in_a_sentence(fuzzer, name):
    outcomes = fuzzer.play(name, "unfitting", 4, seed=1)
    assert outcomes.total() == 4 and outcomes["complete"] < 4  # "7" is as good as 7


def test_most_of_what_fits_is_answered_and_it_goes_on_after_all_of_it(fuzzer):
    # A description says nothing of what does not go together, nor of control characters in a text.
    assert FITTING["complete"] >= 3 * FITTING["error"], fuzzer.said
    demo = catalog.DEMOS[0]
    name, endpoint = next(iter(demo.endpoints.items()))
    assert answers(f"{fuzzer.url}/healthz")
    assert fuzzer.ask(name=f"{demo.name}_{name}", body=endpoint.example) == "complete"
