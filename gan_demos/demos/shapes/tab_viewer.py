"""The 3D viewer of the tab: draws our GLB files with WebGL 2, turned with mouse, fingers or keys.

gr.Model3D shows these files too, but it draws without a pause, which on a machine without a graphics card takes all of it; it puts the
camera back with every new file, so that one cannot watch a slider work; and where a browser has no WebGPU it reports an error each time.
"""

VIEWER = """
<div class="stage" tabindex="0" role="img" aria-label="A 3D shape. Turn it with the arrow keys, zoom with + and -, Home resets the view.">
  <canvas></canvas>
  <div class="hint">Drag to turn it · pinch, or click and scroll, to zoom</div>
  <button type="button" class="reset" title="Reset the view" aria-label="Reset the view">⟲</button>
</div>
"""

VERTEX = """#version 300 es
in vec3 place; in vec3 normal; in vec4 colour;
uniform vec3 centre; uniform mat3 turn; uniform vec4 lens;  // lens: focal length over width and height, distance, radius
out vec3 facing; out vec3 paint;
void main() {
  vec3 seen = turn * (place - centre);
  float near = max(lens.z - 1.2 * lens.w, 0.05 * lens.w), far = lens.z + 1.2 * lens.w, w = lens.z - seen.z;
  gl_Position = vec4(lens.x * seen.x, lens.y * seen.y, ((far + near) * w - 2.0 * far * near) / (far - near), w);
  facing = turn * normal;
  paint = pow(colour.rgb, vec3(1.0 / 2.2));
}"""

FRAGMENT = """#version 300 es
precision highp float;
in vec3 facing; in vec3 paint;
out vec4 pixel;
void main() {
  vec3 normal = normalize(gl_FrontFacing ? facing : -facing);
  float light = max(dot(normal, normalize(vec3(-0.45, 0.75, 0.6))), 0.0);
  float rim = max(dot(normal, normalize(vec3(0.8, -0.1, 0.35))), 0.0);
  pixel = vec4(paint * (0.44 + 0.66 * light + 0.14 * rim), 1.0);
}"""

# `props.value` is {file, turn}, or null. What is drawn is told by data-url and data-triangles of the element.
VIEWER_SCRIPT = """
const START = { azimuth: 35, elevation: 22, zoom: 1 }, FOCAL = 3.6;
const stage = element.querySelector('.stage'), canvas = element.querySelector('canvas'), hint = element.querySelector('.hint');
const gl = canvas.getContext('webgl2', { antialias: true });
const camera = { ...START };
let body = null, turn = 0, waiting = false, program = null;

const shader = (kind, source) => {
  const made = gl.createShader(kind);
  gl.shaderSource(made, source);
  gl.compileShader(made);
  gl.attachShader(program, made);
};

const prepare = () => {
  program = gl.createProgram();
  shader(gl.VERTEX_SHADER, VERTEX_SOURCE);
  shader(gl.FRAGMENT_SHADER, FRAGMENT_SOURCE);
  ['place', 'normal', 'colour'].forEach((name, index) => gl.bindAttribLocation(program, index, name));
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.enable(gl.DEPTH_TEST);
};

const parse = (buffer) => {
  const size = new DataView(buffer).getUint32(12, true);
  const tree = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, size)));
  const read = (index) => {
    const part = tree.accessors[index], view = tree.bufferViews[part.bufferView];
    const Kind = { 5121: Uint8Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array }[part.componentType];
    const from = 28 + size + (view.byteOffset || 0) + (part.byteOffset || 0);
    const count = part.count * { SCALAR: 1, VEC3: 3, VEC4: 4 }[part.type];
    return new Kind(buffer.slice(from, from + count * Kind.BYTES_PER_ELEMENT));
  };
  const { attributes, indices } = tree.meshes[0].primitives[0];
  const shape = { place: read(attributes.POSITION), colour: read(attributes.COLOR_0), corners: read(indices) };
  return attributes.NORMAL === undefined ? faced(shape) : { ...shape, normal: read(attributes.NORMAL) };
};

// A shape without normals is shaded face by face, as glTF asks: each face gets corners of its own.
const faced = ({ place, colour, corners }) => {
  const picked = (data, width, Kind) => Kind.from({ length: corners.length * width }, (_, i) =>
    data[corners[Math.floor(i / width)] * width + i % width]);
  const spread = picked(place, 3, Float32Array), normal = new Float32Array(spread.length);
  for (let i = 0; i < spread.length; i += 9) {
    const [a, b] = [3, 6].map((at) => [0, 1, 2].map((k) => spread[i + at + k] - spread[i + k]));
    const cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    const length = Math.hypot(...cross) || 1;
    for (let k = 0; k < 9; k += 1) normal[i + k] = cross[k % 3] / length;
  }
  return { place: spread, normal, colour: picked(colour, 4, Uint8Array), corners: Uint32Array.from(corners, (_, i) => i) };
};

// The middle of the box round a shape, how far it reaches from there along the floor and upwards, and in all.
const reach = (place) => {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  place.forEach((value, i) => { low[i % 3] = Math.min(low[i % 3], value); high[i % 3] = Math.max(high[i % 3], value); });
  const centre = low.map((value, axis) => (value + high[axis]) / 2), up = (high[1] - low[1]) / 2;
  let along = 0;
  for (let i = 0; i < place.length; i += 3) along = Math.max(along, Math.hypot(place[i] - centre[0], place[i + 2] - centre[2]));
  return { centre, along, up, radius: Math.hypot(along, up) };
};

const load = (shape) => {
  const buffers = [shape.place, shape.normal, shape.colour].map((data, index) => {
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(index);
    if (index < 2) gl.vertexAttribPointer(index, 3, gl.FLOAT, false, 0, 0);
    else gl.vertexAttribPointer(index, 4, gl.UNSIGNED_BYTE, true, 0, 0);
    return buffer;
  });
  const corners = gl.createBuffer();
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, corners);
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, shape.corners, gl.STATIC_DRAW);
  if (body) body.buffers.forEach((buffer) => gl.deleteBuffer(buffer));
  const kind = { 1: gl.UNSIGNED_BYTE, 2: gl.UNSIGNED_SHORT, 4: gl.UNSIGNED_INT }[shape.corners.BYTES_PER_ELEMENT];
  body = { ...reach(shape.place), buffers: [...buffers, corners], count: shape.corners.length, kind };
};

const draw = () => {
  waiting = false;
  const dense = Math.min(window.devicePixelRatio || 1, 2);
  const width = Math.round(canvas.clientWidth * dense), height = Math.round(canvas.clientHeight * dense);
  if (!width || !height) return;
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  gl.viewport(0, 0, width, height);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  if (!body) return;
  const [a, e] = [camera.azimuth, camera.elevation].map((degrees) => degrees * Math.PI / 180);
  const [sa, ca, se, ce] = [Math.sin(a), Math.cos(a), Math.sin(e), Math.cos(e)];
  const turned = [ca, -sa * se, sa * ce, 0, ce, se, -sa, -ca * se, ca * ce];  // columns; rows are right, up, towards the viewer
  // as near as it can come without leaving the picture, however it is turned round its middle
  const aspect = width / height, half = Math.max(body.along * Math.abs(se) + body.up * ce, body.along / aspect);
  const distance = (FOCAL * half * 1.04 + body.along) * camera.zoom;
  const at = (name) => gl.getUniformLocation(program, name);
  gl.uniform3fv(at('centre'), body.centre);
  gl.uniformMatrix3fv(at('turn'), false, turned);
  gl.uniform4f(at('lens'), FOCAL / aspect, FOCAL, distance, body.radius);
  gl.drawElements(gl.TRIANGLES, body.count, body.kind, 0);
};

const redraw = () => {
  if (waiting || !gl) return;
  waiting = true;
  requestAnimationFrame(draw);
};

const told = (sentence) => { hint.textContent = sentence; hint.classList.add('problem'); };

const changed = async () => {
  const value = props.value, mine = turn += 1;
  if (!gl) return told('This browser has no WebGL 2, so it cannot show the shape here; the files below hold it.');
  if (!value || !value.file) {
    body = null;
    delete element.dataset.url;
    return redraw();
  }
  try {
    const answer = await fetch(value.file.url);
    if (!answer.ok) throw new Error(String(answer.status));
    const buffer = await answer.arrayBuffer();
    if (mine !== turn) return;  // a newer shape came meanwhile
    load(parse(buffer));
  } catch (error) {
    return mine === turn && element.isConnected ? told('The shape could not be fetched; the files below hold it.') : null;
  }
  draw();
  element.dataset.triangles = body.count / 3;
  element.dataset.url = value.file.url;
};

const move = (azimuth, elevation, zoom = 1) => {
  camera.azimuth += azimuth;
  camera.elevation = Math.max(-89, Math.min(89, camera.elevation + elevation));
  camera.zoom = Math.max(0.3, Math.min(4, camera.zoom * zoom));
  hint.classList.add('known');
  redraw();
};
const reset = () => { Object.assign(camera, START); redraw(); };

const fingers = new Map();
const apart = () => { const [p, q] = [...fingers.values()]; return Math.hypot(p.x - q.x, p.y - q.y); };
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  stage.focus({ preventScroll: true });
});
canvas.addEventListener('pointermove', (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const span = fingers.size === 2 ? apart() : 0;
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (fingers.size === 1) move((before.x - event.clientX) * 0.5, (event.clientY - before.y) * 0.5);
  else if (span) move(0, 0, span / Math.max(apart(), 1));
});
['pointerup', 'pointercancel'].forEach((name) => canvas.addEventListener(name, (event) => fingers.delete(event.pointerId)));
canvas.addEventListener('wheel', (event) => {
  if (document.activeElement !== stage) return;  // the page scrolls until somebody has clicked here
  event.preventDefault();
  move(0, 0, Math.exp(event.deltaY * 0.001));
}, { passive: false });
canvas.addEventListener('dblclick', reset);
element.querySelector('.reset').addEventListener('click', reset);
stage.addEventListener('keydown', (event) => {
  const keys = {
    ArrowLeft: [15, 0], ArrowRight: [-15, 0], ArrowUp: [0, 10], ArrowDown: [0, -10], '+': [0, 0, 0.85], '-': [0, 0, 1.18],
  };
  if (event.key === 'Home') reset();
  else if (keys[event.key]) move(...keys[event.key]);
  else return;
  event.preventDefault();
});
canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
canvas.addEventListener('webglcontextrestored', () => { body = null; prepare(); changed(); });

if (gl) prepare();
new ResizeObserver(redraw).observe(canvas);
watch('value', changed);
changed();
""".replace("VERTEX_SOURCE", repr(VERTEX)).replace("FRAGMENT_SOURCE", repr(FRAGMENT))
