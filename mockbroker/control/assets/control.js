// The live page of the control API: the ladder as it grows, and what a developer says to the broker.
// Everything it shows and does is a call of the API that a test could make as well.
'use strict';
(() => {
  const root = '/__mock/';
  const most = 2000; // rows that are kept; the API has the rest
  const idle = 1000; // ms until the other lists are looked at again when nothing passes
  const apart = 200; // ms between two looks when much does
  const $ = id => document.getElementById(id);

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const ask = async (method, path, body) => {
    const reply = await fetch(root + path, {
      method, cache: 'no-store', body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await reply.json();
    if (!reply.ok) throw new Error(answer.error || reply.statusText);
    return answer;
  };
  const say = (text, bad) => {
    $('said').textContent = $('said').title = text;
    $('said').classList.toggle('bad', Boolean(bad));
  };
  const plural = (n, one) => `${n} ${one}${n === 1 ? '' : 's'}`;

  // The ladder.
  const shown = new Map(); // number of an entry to {entry, row, detail}
  const clock = ms => {
    const at = new Date(ms);
    const two = n => String(n).padStart(2, '0');
    return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  };
  const label = e => {
    if (e.event !== 'unit') return e.event;
    return e.kind === 'frame' ? e.command : e.kind;
  };
  const marks = e => {
    const list = [];
    if (e.event === 'unit' && e.became !== 'passed') {
      list.push(['fault', e.became + (e.faults ? ` by ${e.faults.join(', ')}` : '')]);
    } else if (e.faults) {
      list.push(['fault', e.faults.join(', ')]);
    }
    for (const rule of e.breaches || []) list.push(['breach', rule]);
    if (e.kind === 'octets' && !e.breaches) list.push(['breach', 'no frame']);
    return list;
  };
  // The entry's line without what the other columns and the marks say.
  const rest = e => {
    let text = e.line.replace(/^c\d+ (?:[<>] )?/, '');
    for (const rule of [...(e.breaches || [])].reverse()) {
      if (text.endsWith(` !! ${rule}`)) text = text.slice(0, -rule.length - 4);
    }
    if (e.event === 'unit' && e.became !== 'passed') text = text.replace(/ \[[^\]]*\]$/, '');
    const name = label(e);
    return text.startsWith(name) ? text.slice(name.length) : ` ${text}`;
  };
  const arrow = e => {
    if (e.event !== 'unit') return make('td', { className: 'way' }, '·');
    const isTo = e.way === 'to-broker';
    const cell = make('td', { className: 'way', title: isTo ? 'to the broker' : 'to the client' });
    cell.append(make('span', { ariaHidden: 'true' }, isTo ? '→' : '←'),
      make('span', { className: 'hidden' }, cell.title));
    return cell;
  };
  const rowOf = e => {
    const open = make('button', { type: 'button', className: 'open', ariaExpanded: 'false' }, String(e.number));
    const what = make('td', { className: 'what' },
      make('span', { className: 'command' }, label(e)), make('span', { className: 'rest' }, rest(e)));
    const signs = marks(e);
    for (const [kind, text] of signs) what.append(make('span', { className: `mark ${kind}` }, text));
    const row = make('tr', { className: 'entry' }, make('td', {}, open),
      make('td', { className: 'time', title: `${(e.at_ms / 1000).toFixed(3)} s` }, clock(e.wall_ms)),
      make('td', { className: 'leg' }, e.leg), make('td', { className: 'connection' }, `c${e.connection}`),
      arrow(e), what);
    row.classList.add(e.event === 'unit' ? e.way : e.event);
    if (['beat', 'ping', 'pong'].includes(e.kind)) row.classList.add('quiet');
    if (e.became === 'dropped') row.classList.add('dropped');
    if (signs.some(([kind]) => kind === 'fault')) row.classList.add('faulty');
    if (signs.some(([kind]) => kind === 'breach')) row.classList.add('broken');
    row.dataset.number = e.number;
    return row;
  };

  // A row opens to its parts and its octets.
  const dump = octets => {
    const lines = [];
    const width = matchMedia('(max-width: 40rem)').matches ? 8 : 16;
    for (let at = 0; at < octets.length; at += width) {
      const part = [...octets.slice(at, at + width)];
      const hex = part.map(o => o.toString(16).padStart(2, '0')).join(' ').padEnd(3 * width - 1);
      const text = part.map(o => (o >= 0x20 && o < 0x7f ? String.fromCharCode(o) : '.')).join('');
      lines.push(`${at.toString(16).padStart(6, '0')}  ${hex}  ${text}`);
    }
    return lines.join('\n');
  };
  const fill = (cell, e) => {
    const pairs = [['Received', new Date(e.wall_ms).toISOString()],
      ['Broker time', `${(e.at_ms / 1000).toFixed(6)} s`], ...(e.headers || [])];
    if (e.event !== 'unit') pairs.push(['Side', e.way === 'to-broker' ? 'client' : 'broker']);
    if (e.code) pairs.push(['Code', e.code]);
    if (e.text) pairs.push(['Text', e.text]);
    const list = make('dl', {});
    for (const [name, value] of pairs) list.append(make('dt', {}, name), make('dd', {}, String(value)));
    cell.replaceChildren(list);
    for (const rule of e.breaches || []) {
      cell.append(make('h3', {}, 'Broken rule'), make('div', {}, rule));
    }
    if (e.body) cell.append(make('h3', {}, 'Body'), make('pre', { className: 'text' }, e.body));
    if (!e.rawBase64) return;
    const octets = Uint8Array.from(atob(e.rawBase64), c => c.charCodeAt(0));
    const cut = e.raw_octets > octets.length ? `, the first ${octets.length}` : '';
    const raw = make('pre', { tabIndex: 0 }, dump(octets));
    raw.setAttribute('aria-label', 'Octets');
    cell.append(make('h3', {}, `Raw, ${plural(e.raw_octets, 'octet')}${cut}`), raw);
  };
  const toggle = async number => {
    const known = shown.get(number);
    const button = known.row.querySelector('.open');
    if (known.detail) {
      known.detail.remove();
      known.detail = null;
      button.ariaExpanded = 'false';
      return;
    }
    const cell = make('td', { colSpan: 6 }, '…');
    known.detail = make('tr', { className: 'detail' }, cell);
    known.row.after(known.detail);
    button.ariaExpanded = 'true';
    try {
      fill(cell, await ask('GET', `journal/${number}`));
    } catch (error) {
      cell.textContent = error.message;
    }
  };
  $('rows').addEventListener('click', event => {
    const row = event.target.closest('tr.entry');
    if (row && !getSelection().toString()) void toggle(Number(row.dataset.number));
  });

  // Filters.
  const offer = (select, value, text = value) => {
    if ([...select.options].some(o => o.value === value)) return;
    const next = [...select.options].slice(1).find(
      o => o.value.localeCompare(value, undefined, { numeric: true }) > 0);
    select.insertBefore(make('option', { value }, text), next || null);
  };
  const passes = e => {
    const [leg, connection, command] = ['by-leg', 'by-connection', 'by-command'].map(id => $(id).value);
    if (leg && e.leg !== leg) return false;
    if (connection && String(e.connection) !== connection) return false;
    if (command && label(e) !== command) return false;
    if ($('no-beats').checked && e.kind === 'beat') return false;
    if ($('by-mark').checked && !marks(e).length) return false;
    const text = $('by-text').value.toLowerCase();
    return !text || e.line.toLowerCase().includes(text);
  };
  const count = () => {
    const visible = [...shown.values()].filter(each => !each.row.hidden).length;
    $('shown').textContent = visible === shown.size ? `${visible}` : `${visible} of ${shown.size}`;
    $('no-rows').hidden = visible > 0;
    $('no-rows').textContent = shown.size ? 'Nothing of it is as the filter asks.'
      : 'Nothing has passed yet. Connect a client, or publish a message.';
  };
  const filter = () => {
    for (const each of shown.values()) {
      each.row.hidden = !passes(each.entry);
      if (each.detail) each.detail.hidden = each.row.hidden;
    }
    count();
  };
  for (const id of ['by-leg', 'by-connection', 'by-command', 'by-text', 'by-mark', 'no-beats']) {
    for (const kind of ['input', 'change']) $(id).addEventListener(kind, filter);
  }

  let last = -1; // number of the newest entry that was seen
  const forget = before => {
    for (const [number, each] of shown) {
      if (number >= before && shown.size <= most) break;
      each.row.remove();
      if (each.detail) each.detail.remove();
      shown.delete(number);
    }
  };
  const grow = answer => {
    const place = $('ladder');
    const isAtEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
    const fresh = document.createDocumentFragment();
    for (const entry of answer.entries.slice(-most)) {
      const row = rowOf(entry);
      row.classList.add('fresh');
      row.hidden = !passes(entry);
      shown.set(entry.number, { entry, row, detail: null });
      fresh.append(row);
      offer($('by-leg'), entry.leg);
      offer($('by-connection'), String(entry.connection), `c${entry.connection}`);
      offer($('by-command'), label(entry));
    }
    $('rows').append(fresh);
    document.querySelector('.ladder').classList.toggle('one-leg', $('by-leg').options.length < 3);
    forget(answer.first);
    count();
    if (answer.entries.length && isAtEnd) place.scrollTop = place.scrollHeight;
  };

  // The lists beside it.
  const action = (text, name, run) => {
    const button = make('button', { type: 'button', ariaLabel: `${text} ${name}` }, text);
    button.dataset.key = `${text} ${name}`;
    button.addEventListener('click', () => void run().catch(error => say(error.message, true)));
    return button;
  };
  // The focus stays on the button that takes the place of the one before.
  const replace = (list, items) => {
    const text = items.map(item => item.outerHTML).join('');
    if (list.dataset.shows === text) return;
    const key = list.contains(document.activeElement) ? document.activeElement.dataset.key : '';
    list.replaceChildren(...items);
    list.dataset.shows = text;
    if (key) [...list.querySelectorAll('button')].find(b => b.dataset.key === key)?.focus();
  };
  const faultItem = f => {
    const doing = make('span', { className: 'do' });
    if (/ manual=true/.test(f.fault)) doing.append(action('Fire', f.name, () => ask('POST', `faults/${encodeURIComponent(f.name)}/fire`)));
    doing.append(action('Remove', f.name, async () => {
      await ask('DELETE', `faults/${encodeURIComponent(f.name)}`);
      await lists();
    }));
    const times = `fired ${f.fired}${f.limit ? ` of ${f.limit}` : ''}`;
    return make('li', { className: f.armed ? '' : 'spent' }, make('span', { className: 'name' }, f.fault.replace(/ name=(?:"(?:\\.|[^"])*"|\S+)/, '')), doing,
      make('span', { className: 'more' }, make('span', { className: f.fired ? 'fired' : '' }, times),
        ` · ${plural(f.seen, 'match').replace('matchs', 'matches')} · ${f.name}${f.armed ? '' : ' · spent'}`));
  };
  const connectionItem = c => {
    const subscriptions = Object.entries(c.subscriptions).map(([id, to]) => `${id} ${to}`).join(', ');
    const facts = [c.leg, c.transport, c.version && `STOMP ${c.version}`, c.login && `login ${c.login}`, subscriptions];
    return make('li', {}, make('span', { className: 'name' }, `c${c.connection}`),
      make('span', { className: 'do' }, action('Close', `c${c.connection}`,
        () => ask('POST', `connections/${c.connection}/close`, { how: 'fin' }))),
      make('span', { className: 'more' }, facts.filter(Boolean).join(' · ')));
  };
  const queueRow = q => make('tr', {}, ...[q.destination, q.depth, q.in_flight, q.consumers, q.enqueued, q.dequeued]
    .map(value => make('td', {}, String(value))));

  const showQueues = queues => {
    const isAdvisory = q => q.destination.includes('ActiveMQ.Advisory');
    const wanted = $('advisories').checked ? queues : queues.filter(q => !isAdvisory(q));
    replace($('queues'), wanted.map(queueRow));
    $('queue-count').textContent = wanted.length || '';
    replace($('destinations'), wanted.map(q => make('option', { value: q.destination })));
  };
  const lists = async () => {
    const [faults, connections] = await Promise.all([ask('GET', 'faults'), ask('GET', 'connections')]);
    replace($('faults'), faults.faults.map(faultItem));
    $('fault-count').textContent = faults.faults.length || '';
    replace($('connections'), connections.connections.map(connectionItem));
    $('connection-count').textContent = connections.connections.length || 'none';
    $('drop').disabled = !connections.connections.length;
    showQueues(await ask('GET', 'queues').then(answer => answer.queues, () => []));
  };

  // Looks again when something has passed, and now and then.
  const sleep = ms => new Promise(done => { setTimeout(done, ms); });
  const whenSeen = () => (document.hidden
    ? new Promise(done => { document.addEventListener('visibilitychange', done, { once: true }); }) : null);
  const begin = async () => {
    const answer = await ask('GET', 'journal?since=9007199254740991');
    shown.clear();
    $('rows').replaceChildren();
    last = Math.max(answer.first - 1, answer.last - most);
  };
  const watch = async () => {
    for (;;) {
      await whenSeen();
      try {
        if (last < 0) await begin();
        const answer = await ask('GET', `journal?since=${last}&wait_ms=${idle}`);
        if (answer.last < last) { // another broker on this port
          last = -1;
          continue;
        }
        last = answer.entries.length ? answer.entries.at(-1).number : answer.last;
        grow(answer);
        await lists();
        $('live').textContent = 'live';
        $('live').classList.remove('lost');
      } catch {
        $('live').textContent = 'no connection';
        $('live').classList.add('lost');
        await sleep(idle);
      }
      await sleep(apart);
    }
  };

  // What the buttons do.
  const on = (id, path, body, done) => $(id).addEventListener('click', async () => {
    try {
      done(await ask('POST', path, body));
      await lists();
    } catch (error) {
      say(error.message, true);
    }
  });
  on('advance', 'clock', { advance_ms: 10000 }, answer => say(
    `The broker's time is ${plural(answer.advanced_ms / 1000, 'second')} ahead.`));
  on('drop', 'connections/drop', {}, answer => say(`${plural(answer.dropped, 'connection')} dropped.`));
  on('restart', 'restart', {}, () => say('The broker has restarted: nothing is stored, nobody is connected.'));
  on('reset', 'reset', {}, answer => {
    forget(Infinity);
    count();
    say('Faults are taken back, the ladder is empty.' +
      (answer.unused.length ? ` Never acted: ${answer.unused.join(', ')}.` : ''));
  });
  const arm = async line => {
    const armed = await ask('POST', 'faults', { fault: line });
    say(`Armed: ${armed.name}.`);
    await lists();
  };
  document.querySelector('.usual').addEventListener('click', event => {
    const line = event.target.closest('button')?.dataset.fault;
    if (line) void arm(line).catch(error => say(error.message, true));
  });
  const submits = (form, error, run) => $(form).addEventListener('submit', async event => {
    event.preventDefault();
    $(error).textContent = '';
    try {
      await run();
    } catch (problem) {
      $(error).textContent = problem.message;
    }
  });
  submits('arm', 'arm-error', async () => {
    await arm($('line').value);
    $('line').value = '';
  });
  submits('publish', 'publish-error', async () => {
    const headers = {};
    for (const line of $('headers').value.split('\n').filter(Boolean)) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error(`'${line}': a header is name:value`);
      headers[line.slice(0, colon)] = line.slice(colon + 1);
    }
    const answer = await ask('POST', 'publish',
      { destination: $('destination').value, body: $('body').value, headers });
    say(`Published: ${answer.message_id}.`);
    await lists();
  });
  $('advisories').addEventListener('input', () => void lists());

  ask('GET', 'actions').then(answer => $('actions').append(
    ...answer.actions.map(a => make('option', { value: a.name }, a.doc))), () => {});
  count();
  void watch();
})();
