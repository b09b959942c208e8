"""How the drum machine looks, and two players: of a sound, and of a loop that repeats without a gap and goes on when it changes."""

STYLE = """
.sound-player audio { width: 100%; height: 44px; }
.sound-picture img { width: 100% !important; height: auto !important; object-fit: fill !important; }
#sound-pitch { font-size: 1.05rem; background: var(--block-background-fill); }
#sound-shapes .info-text { display: none; }
#sound-machine .sound-transport { align-items: center; flex-wrap: nowrap; }
.sound-surprise { align-self: center; }
#drum-machine { gap: 6px; }
#drum-machine .track { gap: 10px; align-items: center; flex-wrap: nowrap; }
#drum-machine .kind { flex: 0 0 150px; }
#drum-machine .pads { flex: 1 1 0; min-width: 0 !important; padding: 3px; overflow: visible !important; }
#drum-machine .pads .wrap { display: grid; grid-template-columns: repeat(16, minmax(0, 1fr)); gap: 5px; }
#drum-machine .pads label {
  position: relative; margin: 0; padding: 0; height: 42px; font-size: 0; gap: 0; cursor: pointer; border-radius: 6px;
  border: 1px solid var(--border-color-primary); background: var(--background-fill-primary); box-shadow: none;
}
#drum-machine .pads label:nth-of-type(8n+1), #drum-machine .pads label:nth-of-type(8n+2),
#drum-machine .pads label:nth-of-type(8n+3), #drum-machine .pads label:nth-of-type(8n+4) { background: var(--neutral-200); }
.dark #drum-machine .pads label:nth-of-type(8n+1), .dark #drum-machine .pads label:nth-of-type(8n+2),
.dark #drum-machine .pads label:nth-of-type(8n+3), .dark #drum-machine .pads label:nth-of-type(8n+4) { background: var(--neutral-700); }
#drum-machine .pads label:hover { border-color: var(--pad); }
#drum-machine .pads label:has(input:checked) { background: var(--pad); border-color: var(--pad); }
#drum-machine .pads label:has(input:focus-visible) { outline: 3px solid var(--body-text-color); outline-offset: 1px; }
#drum-machine .pads label.now { box-shadow: 0 0 0 2px var(--body-text-color-subdued); }
#drum-machine .pads label.now:has(input:checked) { filter: brightness(1.25); }
#drum-machine .pads input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
#drum-machine .track { --pad: #6366f1; }
#drum-machine .track:nth-child(2) { --pad: #0891b2; }
#drum-machine .track:nth-child(3) { --pad: #059669; }
#drum-machine .track:nth-child(4) { --pad: #ca8a04; }
#drum-machine .track:nth-child(5) { --pad: #ea580c; }
#drum-machine .track:nth-child(6) { --pad: #db2777; }
#sound-loop-player { flex: 0 0 160px !important; width: 160px !important; }
#sound-loop-player button {
  width: 130px; height: 56px; font-size: 1.15rem; font-weight: 600; border-radius: 10px; border: 0; cursor: pointer;
  color: var(--button-primary-text-color); background: var(--button-primary-background-fill);
}
#sound-loop-player button:hover { background: var(--button-primary-background-fill-hover); }
@media (max-width: 640px) {
  #sound-machine .sound-transport { flex-wrap: wrap; }
  .sound-picture img { height: 120px !important; }
  #drum-machine .track { flex-wrap: wrap; gap: 4px; padding-bottom: 6px; }
  #drum-machine .kind { flex: 1 0 100%; }
  #drum-machine .pads { flex: 1 0 100%; }
  #drum-machine .pads .wrap { grid-template-columns: repeat(8, minmax(0, 1fr)); }
  #sound-loop-player { flex: 1 0 100% !important; width: 100% !important; }
  #sound-loop-player button { width: 100%; }
}
"""

# `props.value` is {file, play, turn}.
PLAYER = '<audio controls aria-label="Sound"></audio>'
PLAYER_SCRIPT = """
const player = element.querySelector('audio');

const changed = () => {
  const value = props.value;
  if (!value || !value.file) return;
  if (player.src !== value.file.url) player.src = value.file.url;
  if (!value.play) return;
  player.currentTime = 0;
  player.play().catch(() => {});  // the next sound may come before this one has begun
};

watch('value', changed);
changed();
"""

LOOP_PLAYER = '<button type="button" aria-pressed="false">▶ Play</button>'

# `props.value` is as above and has `step` (seconds of a sixteenth note). An <audio loop> would pause for a moment at every repeat.
LOOP_PLAYER_SCRIPT = """
let audio = null, playing = null, turn = 0, shown = -1;

const mark = (column) => {
  shown = column;
  document.querySelectorAll('#drum-machine .pads label.now').forEach((pad) => pad.classList.remove('now'));
  if (column >= 0) {
    document.querySelectorAll(`#drum-machine .pads label:nth-of-type(${column + 1})`).forEach((pad) => pad.classList.add('now'));
  }
};

const label = () => {
  const button = element.querySelector('button');
  button.textContent = playing ? '■ Stop' : '▶ Play';
  button.setAttribute('aria-pressed', String(playing !== null));
};

const silence = (loop) => {
  loop.fade.gain.setTargetAtTime(0, audio.currentTime, 0.004);
  loop.source.stop(audio.currentTime + 0.04);
};

const stop = () => {
  turn += 1;
  if (!playing) return;
  silence(playing);
  playing = null;
  mark(-1);
  label();
};

const follow = () => {
  if (!playing) return;
  if (!element.isConnected || element.offsetParent === null) return stop();
  const column = Math.floor((audio.currentTime - playing.origin) / playing.step) % 16;
  if (column !== shown) mark(column);
  requestAnimationFrame(follow);
};

const start = async () => {
  const value = props.value;
  if (!value || !value.file) return;
  const mine = turn += 1;
  audio = audio || new AudioContext();
  audio.resume();
  const bytes = await (await fetch(value.file.url)).arrayBuffer();
  const buffer = await audio.decodeAudioData(bytes);
  if (mine !== turn) return;
  const now = audio.currentTime;
  const before = playing;
  const steps = before ? (now - before.origin) / before.step : 0;
  if (before) silence(before);
  const offset = (steps * value.step) % buffer.duration;
  const source = new AudioBufferSourceNode(audio, { buffer, loop: true });
  const fade = new GainNode(audio, { gain: before ? 0 : 1 });
  fade.gain.setTargetAtTime(1, now, 0.004);
  source.connect(fade).connect(audio.destination);
  source.start(now, offset);
  playing = { source, fade, step: value.step, origin: now - offset };
  label();
  if (!before) follow();
};

const changed = () => {
  const value = props.value;
  element.dataset.url = value && value.file ? value.file.url : '';
  if (!element.dataset.url) stop();
  else if (value.play || playing) start();
};

element.addEventListener('click', (event) => {
  if (event.target.closest('button')) playing ? stop() : start();
});
watch('value', changed);
changed();
"""
