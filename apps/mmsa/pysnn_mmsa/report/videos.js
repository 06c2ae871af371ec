// What the report does with its data: a video over time, and the table of all utterances.
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const palette = ['#2b6cb0','#c05621','#2f855a','#6b46c1','#b7791f','#c53030','#2c7a7b','#702459','#4a5568','#97266d'];
const named = data.classes.length > 0;
const colour = word => named ? palette[data.classes.indexOf(word) % palette.length] : '#2b6cb0';
const make = (tag, text, parent) => { const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text; if (parent) parent.appendChild(e); return e; };
// The name of SVG, asked of the browser: a page that loads nothing should hold no address either.
const space = (() => { const e = make('div'); e.innerHTML = '<svg></svg>'; return e.firstChild.namespaceURI; })();
const svg = (tag, attributes, parent, text) => {
  const e = document.createElementNS(space, tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  if (text !== undefined) e.textContent = text; parent.appendChild(e); return e; };
const wrong = u => u.label !== '' && (named ? u.label !== u.said : Math.sign(u.label) !== Math.sign(u.said));

function contour(parent, values, x, width, y, height, range, stroke) {
  if (!values) return;
  let way = '', pen = false;
  values.forEach((v, k) => {
    if (v === null) { pen = false; return; }
    const px = x + width * (values.length > 1 ? k / (values.length - 1) : 0.5);
    const py = y + height * (1 - (v - range[0]) / (range[1] - range[0] || 1));
    way += (pen ? 'L' : 'M') + px.toFixed(1) + ' ' + py.toFixed(1); pen = true; });
  svg('path', {d: way, fill: 'none', stroke, 'stroke-width': 1.5}, parent);
}
function range(utterances, key) {
  const all = utterances.flatMap(u => u[key] || []).filter(v => v !== null);
  return all.length ? [Math.min(...all), Math.max(...all)] : null;
}
function draw(video) {
  const place = document.getElementById('timeline'); place.replaceChildren();
  document.getElementById('chosen').replaceChildren();
  const us = video.utterances, left = 130, gap = 6, wide = Math.max(900, left + 90 * us.length);
  const timed = us.every(u => u.end !== null);
  const sizes = us.map(u => timed ? u.end - u.begin : (u.duration || 1));
  const total = sizes.reduce((a, b) => a + b, 0), scale = (wide - left - gap * us.length) / total;
  const rows = [];
  for (const [key, title, stroke] of [['pitch', 'pitch [Hz]', '#2b6cb0'], ['loudness', 'loudness [dB]', '#718096'],
      ['mouth_open', 'mouth open', '#c05621'], ['corner_raise', 'mouth corners', '#2f855a']]) {
    const r = range(us, key); if (r) rows.push({key, title, stroke, range: r, height: 50}); }
  const counts = [...data.modalities.map(m => ['lines', m]), ...data.pathways.map(p => ['spikes', p])];
  const high = 66 + rows.reduce((a, r) => a + r.height + 10, 0) + 26 * counts.length;
  const root = svg('svg', {width: wide, height: high, class: 'time'}, place);
  svg('text', {x: left - 8, y: 20, 'text-anchor': 'end'}, root, 'prediction');
  svg('text', {x: left - 8, y: 42, 'text-anchor': 'end'}, root, 'label');
  let y = 60;
  for (const r of rows) { svg('text', {x: left - 8, y: y + 28, 'text-anchor': 'end'}, root, r.title); r.y = y;
    y += r.height + 10; }
  const top = {};
  for (const [kind, name] of counts) {
    top[kind + name] = Math.max(1, ...us.map(u => u[kind][name]));
    svg('text', {x: left - 8, y: y + 15, 'text-anchor': 'end'}, root,
      (kind === 'lines' ? 'lines, ' : 'neurons, ') + name);
    for (let k = 0, x = left; k < us.length; x += sizes[k] * scale + gap, k++)
      svg('rect', {x, y: y + 2, width: Math.max(1, sizes[k] * scale * us[k][kind][name] / top[kind + name]),
        height: 16, fill: kind === 'lines' ? '#a0aec0' : '#4a5568'}, root);
    y += 26; }
  let x = left;
  us.forEach((u, k) => {
    const w = sizes[k] * scale;
    const back = svg('rect', {x, y: 2, width: w, height: high - 4, fill: wrong(u) ? '#fed7d7' : '#edf2f7',
      opacity: .45, class: 'utterance'}, root);
    svg('title', {}, back, u.id + '\n' + u.text);
    back.addEventListener('click', () => choose(u));
    svg('circle', {cx: x + 8, cy: 16, r: 6, fill: colour(u.said)}, root);
    svg('text', {x: x + 18, y: 20, class: 'small'}, root, u.said);
    if (u.label !== '') { svg('circle', {cx: x + 8, cy: 38, r: 6, fill: colour(u.label)}, root);
      svg('text', {x: x + 18, y: 42, class: 'small'}, root, u.label); }
    for (const r of rows) contour(root, u[r.key], x, w, r.y, r.height, r.range, r.stroke);
    x += w + gap; });
  choose(us[0]);
}
function choose(u) {
  const place = document.getElementById('chosen'); place.replaceChildren();
  make('p', u.id + (u.begin === null ? '' : ', ' + u.begin + ' to ' + u.end + ' s'), place).className = 'name';
  if (u.text) make('blockquote', u.text, place);
  const votes = Object.entries(u.votes).map(([k, v]) => k + ': ' + v).join(', ');
  make('p', 'label ' + (u.label || '-') + ', prediction ' + u.said + (u.p ? ' (' + Math.round(100 * u.p) + ' %)' : '')
    + '; ' + votes + (u.missing.length ? '; missing: ' + u.missing.join(', ') : ''), place);
}
const paths = data.videos.length ? Object.keys(data.videos[0].utterances[0].votes) : [];
const head = make('tr', undefined, document.querySelector('#all thead'));
['utterance', 'label', 'prediction', ...(named ? ['sure'] : []), ...paths.map(p => 'by ' + p), 'missing', 'text']
  .forEach(t => make('th', t, head));
const all = data.videos.flatMap(v => v.utterances);
function list() {
  const only = document.getElementById('wrong').checked;
  const find = document.getElementById('find').value.toLowerCase();
  const body = document.querySelector('#all tbody'); body.replaceChildren();
  let n = 0;
  for (const u of all) {
    if (only && !wrong(u)) continue;
    if (find && !(u.id + ' ' + u.text + ' ' + u.said + ' ' + u.label).toLowerCase().includes(find)) continue;
    n += 1; const row = make('tr', undefined, body); if (wrong(u)) row.className = 'wrong';
    [u.id, u.label || '-', u.said, ...(named ? [Math.round(100 * u.p) + ' %'] : []), ...paths.map(p => u.votes[p]),
      u.missing.join(', '), u.text].forEach(t => make('td', t, row)); }
  document.getElementById('count').textContent = n + ' of ' + all.length;
}
const menu = document.getElementById('video');
data.videos.forEach((v, k) => { make('option', v.video + ' (' + v.utterances.length + ')', menu).value = k; });
menu.addEventListener('change', () => draw(data.videos[menu.value]));
document.getElementById('wrong').addEventListener('change', list);
document.getElementById('find').addEventListener('input', list);
if (data.videos.length) draw(data.videos[0]);
list();
document.body.dataset.ready = 'yes';
