"""The endpoints as tools of MCP: no way into the machine, and no more of it than anybody else's."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import httpx
import pytest
import torch
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests import toy, toy_tab
from tests.support import Running, answers, start, wait_until
from tests.toy import Gate

SECRET = "nobody's business"


@pytest.fixture
def served(tmp_path, monkeypatch) -> Iterator[Running]:
    monkeypatch.setenv("GAN_DEMOS_DEBUG", "1")
    monkeypatch.setenv("GAN_DEMOS_TESTING", "1")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    Gate.open.set()
    running = start([replace(toy_tab.DEMO, networks={"ToyGenerator": Gate})])
    wait_until(lambda: answers(f"{running.url}/readyz"), 60, "the toy application did not become ready")
    yield running
    Gate.open.set()
    running.close()


@asynccontextmanager
async def session(url: str):
    async with streamable_http_client(f"{url}/gradio_api/mcp/") as (read, write, _):
        async with ClientSession(read, write) as made:
            await made.initialize()
            yield made


def call(url: str, tool: str, **arguments):
    async def ask():
        async with session(url) as made:
            return await made.call_tool(tool, arguments)

    return asyncio.run(ask())


def test_a_tool_opens_no_file_of_this_machine(served, tmp_path):
    (tmp_path / "secret.txt").write_text(SECRET)
    for path in (tmp_path / "secret.txt", tmp_path / "there-is-none", "/dev/zero", "http://127.0.0.1:1/a"):
        given = {"path": str(path), "meta": {"_type": "gradio.FileData"}}
        for rows in ([given], [[given] * 4] * 2):
            answer = call(served.url, "toy_tone", seed=1, rows=rows)
            assert answer.isError and len(answer.content) == 1
            said = answer.content[0].text
            assert str(tmp_path) not in said and "Errno" not in said and ("does not fit" in said or "not fetched" in said), said
    held = [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]
    assert not any(SECRET in file.read_text(errors="replace") for file in held)
    assert not call(served.url, "toy_tone", seed=1).isError


def test_a_refusal_and_a_fault_are_a_sentence(served):
    assert call(served.url, "toy_tone", seed=-7).content[0].text.startswith("Seed must be a whole number between")
    assert call(served.url, "toy_broken").content[0].text.startswith("Something went wrong on our side; nothing of yours was lost.")


def test_many_who_wait_for_tools_hold_up_nobody(served):
    Gate.open.clear()

    async def play() -> list:
        async with session(served.url) as made:
            async with anyio.create_task_group() as group:
                answers: list = []

                async def one(seed: int) -> None:
                    answers.append(await made.call_tool("toy_tone", {"seed": seed}))

                for seed in range(60):
                    group.start_soon(one, seed)
                await anyio.to_thread.run_sync(wait_until, lambda: served.engine.stats()["queue"]["running"] > 0, 30, "none came")
                async with httpx.AsyncClient(base_url=served.url, timeout=20) as other:
                    assert (await other.get("/healthz")).status_code == 200
                    event = (await other.post("/gradio_api/call/toy_busy", json={"data": []})).json()["event_id"]
                    assert "event: error" in (await other.get(f"/gradio_api/call/toy_busy/{event}")).text
                Gate.open.set()
            return answers

    assert [one.isError for one in asyncio.run(play())] == [False] * 60


def test_who_breaks_a_tool_off_takes_its_work_along(served):
    Gate.open.clear()
    Gate.entered.clear()
    held = served.engine.submit(f"debug-{toy.NAME}", {"latents": torch.zeros(4)})
    assert Gate.entered.wait(30)
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "toy_tone", "arguments": {"seed": 3}}}
    head = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    with httpx.stream("POST", f"{served.url}/gradio_api/mcp/", content=json.dumps(body), headers=head, timeout=30) as answer:
        assert answer.status_code == 200
        wait_until(lambda: served.engine.stats()["queue"]["waiting"] == 1, 30, "the call did not come to the engine")
    wait_until(lambda: served.engine.stats()["queue"]["waiting"] == 0, 30, "its work waits still")
    Gate.open.set()
    held.result(30)
