"""What schemathesis makes of the API's own description, sent to a running application: data that fits it, and data that does not.

`python -m tests.fuzzing [--examples 100] [--seed 0] [--small] [--said]` is the long form of `tests/test_fuzzing.py`.
"""

import argparse
import copy
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from gan_demos.demo import Demo
from tests.test_hostile import assert_sentence, assert_tells_nothing

ANSWER_SECONDS = 120  # within which there is an answer, on a busy machine too
CALLS = "/gradio_api/call/v2/"
AMOUNTS = ("count", "frames", "steps", "stops")  # parameters that say how much is made
MODES = {"fitting": GenerationMode.POSITIVE, "unfitting": GenerationMode.NEGATIVE}


def describe(url: str, demos: Sequence[Demo], small: bool = False) -> dict[str, Any]:
    """The application's own OpenAPI document, of its named calls, with each call's parameters as its request declares them.

    Gradio knows their types alone. What a request checks by code of its own is one of the values that are known to be fine. `small`: as
    little is made as can be asked for. `AssertionError` if the document and the demos are not about the same calls and parameters.
    """
    served = httpx.get(f"{url}/gradio_api/openapi.json", timeout=ANSWER_SECONDS).raise_for_status().json()
    paths = {path: item for path, item in served["paths"].items() if path.startswith(CALLS)}
    endpoints = {f"{CALLS}{demo.name}_{one.name}": one for demo in demos for one in demo.endpoints.values()}
    assert set(paths) == set(endpoints), set(paths) ^ set(endpoints)
    for path, endpoint in endpoints.items():
        content, schema = paths[path]["post"]["requestBody"]["content"]["application/json"], copy.deepcopy(endpoint.schema())
        assert set(content["schema"]["properties"]) == set(schema["properties"]), path
        for name, facts in schema["properties"].items():
            if "type" not in facts:
                facts["enum"] = [endpoint.example.get(name, facts.get("default"))]
            if small and name in AMOUNTS and "minimum" in facts:
                facts["maximum"] = facts["minimum"]
        content.clear()
        content["schema"] = schema
    return {**served, "openapi": "3.1.0", "paths": paths}


def names(demos: Sequence[Demo]) -> list[str]:
    """The named calls of `demos`."""
    return [f"{demo.name}_{endpoint}" for demo in demos for endpoint in demo.endpoints]


class Fuzzer:
    """Sends cases to the application at `url`, and holds each answer to what is promised: no fault of the server's, and a result or a
    plain sentence. `said`: the sentences."""

    def __init__(self, url: str, demos: Sequence[Demo], small: bool = False) -> None:
        self.url = url
        self.schema = schemathesis.openapi.from_dict(describe(url, demos, small))
        self.http = httpx.Client(base_url=url, timeout=ANSWER_SECONDS, trust_env=False)
        self.session = requests.Session()
        self.small = small
        self.said: Counter[str] = Counter()

    def close(self) -> None:
        self.http.close()
        self.session.close()

    def _declared(self, name: str) -> dict[str, Any]:
        return self.schema.raw_schema["paths"][f"{CALLS}{name}"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    def play(self, name: str, mode: str, examples: int, seed: int) -> Counter[str]:
        """So many cases for the call `name`, the same for one seed: how often it was answered how (see `send`)."""
        outcomes: Counter[str] = Counter()
        strategy = self.schema[f"{CALLS}{name}"]["POST"].as_strategy(generation_mode=MODES[mode])

        @hypothesis.seed(seed)
        @settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=strategy)
        def send(case: schemathesis.Case) -> None:
            outcomes[self.send(name, case)] += 1

        send()
        return outcomes

    def send(self, name: str, case: schemathesis.Case) -> str:
        """"complete", "error" or the status that it was refused with."""
        if self.small and isinstance(case.body, dict):  # or what is left out would be as much as usual
            for parameter, facts in self._declared(name)["properties"].items():
                if "minimum" in facts and facts["minimum"] == facts.get("maximum"):
                    case.body.setdefault(parameter, facts["minimum"])
        return self._outcome(name, case.call(base_url=self.url, session=self.session, timeout=ANSWER_SECONDS))

    def ask(self, name: str, body: Any) -> str:
        """`send` for a body of one's own."""
        return self._outcome(name, self.http.post(f"{CALLS}{name}", json=body))

    def _outcome(self, name: str, answer: Any) -> str:
        assert_tells_nothing(answer.text)
        assert answer.status_code < 500, answer.text
        if answer.status_code != 200:
            return str(answer.status_code)
        text = self.http.get(f"/gradio_api/call/{name}/{answer.json()['event_id']}").text
        assert_tells_nothing(text)
        event, _, data = text.strip().split("\n\n")[-1].partition("\ndata: ")  # those before are signs of life
        outcome, value = event.removeprefix("event: "), json.loads(data)
        if outcome == "complete":
            files, facts = value
            assert isinstance(files, list) and isinstance(facts, dict)
        else:
            assert outcome == "error", outcome
            assert_sentence(value["error"])
            assert "on our side" not in value["error"], value["error"]
            self.said[value["error"]] += 1
        return outcome


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing")
    parser.add_argument("--examples", type=int, default=100, help="of each kind, for each call (100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="ask for as little as can be asked for")
    parser.add_argument("--said", action="store_true", help="show with which sentences calls were refused")
    options = parser.parse_args()
    os.environ.update(GAN_DEMOS_DEBUG="1", GAN_DEMOS_TESTING="1", GRADIO_TEMP_DIR=tempfile.mkdtemp())
    from gan_demos import catalog
    from tests.support import answers, start, wait_until

    running = start(catalog.DEMOS)
    fuzzer, failed = Fuzzer(running.url, catalog.DEMOS, options.small), 0
    for name in names(catalog.DEMOS):
        for mode in MODES:
            begun = time.process_time()
            fuzzer.said.clear()
            try:
                outcome: Any = dict(fuzzer.play(name, mode, options.examples, options.seed))
            except Exception as error:
                failed += 1
                outcome = f"FAILED: {type(error).__name__}: {error}"
            print(f"{name} {mode}: {outcome}, {time.process_time() - begun:.1f} s of a core", flush=True)
            for sentence, times in fuzzer.said.most_common() if options.said else ():
                print(f"    {times} × {sentence}")
    wait_until(lambda: answers(f"{running.url}/healthz"), ANSWER_SECONDS, "it does not answer any more")
    fuzzer.close()
    running.close()
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
