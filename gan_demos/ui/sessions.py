"""What the server remembers of its visitors, bounded: Gradio alone keeps 1.3 MB of every session, of 10,000 of them."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

VISITORS = 2000  # the last ones whose state is kept
EMPTY = 64  # the last sessions kept of which there is nothing to remember
FETCHED_WITHIN = timedelta(minutes=10)  # later nobody asks for an answer any more


class Session(SessionState):
    """What Gradio keeps of a visitor, without a description of every component of the page: that is for links of its own, which are closed
    here (`ui.gate`), and would take longer to make than most answers."""

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))
        self.changed = False

    def __setitem__(self, key: int, value: Any) -> None:
        self.changed = True  # a component is another one for this visitor, or a state was stored
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass

    @property
    def empty(self) -> bool:
        """Whether nothing is lost with it."""
        return not self.changed and not self.state_data


class Sessions(StateHolder):
    """The sessions of an app. Every call of the API is one of its own, which Gradio never tells from a visitor's: those shall not push out
    the visitors, so of empty sessions only the newest are kept. What the queue keeps of a session is forgotten with it."""

    def __getitem__(self, session_id: str) -> SessionState:
        """The session of this name, a new one if there is none."""
        with self.lock:
            if session_id not in self.session_data:
                self.session_data[session_id] = Session(self.blocks)
        return super().__getitem__(session_id)

    def delete_all_expired_state(self) -> None:
        """Forget the state that has expired, and every session that is over; Gradio asks for it once a second."""
        super().delete_all_expired_state()
        with self.lock:
            empty = [name for name, one in self.session_data.items() if one.empty and not self._awaited(name)]
            left = [name for name, one in self.session_data.items() if one.is_closed and not one.state_data]
            for name in {*empty[:-EMPTY], *left}:
                del self.session_data[name]
                self.time_last_used.pop(name, None)
            queue = self.blocks._queue
            for name in [name for name in queue.pending_event_ids_session if name not in self.session_data and not self._awaited(name)]:
                queue.pending_event_ids_session.pop(name, None)
                queue.pending_messages_per_session.pop(name, None)

    def _awaited(self, name: str) -> bool:
        """Whether there is an answer that somebody may still fetch."""
        events = self.blocks._queue.pending_event_ids_session.get(name, ())
        if any(one in self.blocks._queue.event_ids_to_events for one in events):
            return True
        used = self.time_last_used.get(name)
        return bool(events) and used is not None and datetime.now() - used < FETCHED_WITHIN


def remember(blocks: gr.Blocks) -> None:
    """Let a launched app keep its sessions in `Sessions`."""
    sessions = Sessions()
    sessions.set_blocks(blocks)
    blocks.app.state_holder = sessions
