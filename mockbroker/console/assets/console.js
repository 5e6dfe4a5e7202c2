// Keeps the tables of a page current without a reload, sorts them, and asks before what cannot be
// undone. Without script every page is complete too, but for Copy and Move.
'use strict';
(() => {
  const tables = [...document.querySelectorAll('table.live')];
  const badge = document.getElementById('live');
  const period = 1000; // ms between two looks at the broker

  // Phones show the heading beside each cell.
  const label = table => {
    const names = [...table.querySelectorAll('thead th')].map(th => th.innerText.replace(/\s+/g, ' '));
    if (!names.length) return;
    table.classList.add('cards');
    for (const row of table.tBodies[0].rows) {
      [...row.cells].forEach((cell, i) => { cell.dataset.label = names[i] || ''; });
    }
  };

  // Sorting: numbers as numbers. What the person chose stays while rows come and go.
  const chosen = new Map();
  const sort = table => {
    const order = chosen.get(table);
    if (!order) return;
    const body = table.tBodies[0];
    const key = row => row.cells[order.column].textContent.trim();
    const sorted = [...body.rows].sort((a, b) =>
      order.sign * key(a).localeCompare(key(b), undefined, { numeric: true }));
    if (sorted.some((row, i) => row !== body.rows[i])) body.append(...sorted);
  };
  const makeSortable = table => {
    const heads = [...table.querySelectorAll('thead th')];
    heads.forEach((th, column) => {
      if (['Views', 'Operations'].includes(th.textContent)) return;
      th.classList.add('sorts');
      th.addEventListener('click', () => {
        const before = chosen.get(table);
        const sign = before && before.column === column ? -before.sign : 1;
        chosen.set(table, { column, sign });
        heads.forEach(each => each.removeAttribute('aria-sort'));
        th.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
        sort(table);
      });
    });
  };

  // Rows by their keys, as the broker names them.
  const rows = new Map(tables.map(table => [table, new Map()]));
  const parse = cells => {
    const template = document.createElement('template');
    template.innerHTML = `<table><tbody><tr>${cells}</tr></tbody></table>`;
    return template.content.querySelector('tr');
  };
  const merge = (row, fresh) => {
    [...fresh.cells].forEach((cell, i) => {
      const old = row.cells[i];
      if (old.innerHTML === cell.innerHTML) return;
      const changed = old.textContent.trim() !== cell.textContent.trim();
      old.replaceChildren(...cell.childNodes);
      old.classList.remove('changed');
      if (!changed) return;
      void old.offsetWidth; // so that the flash starts again
      old.classList.add('changed');
    });
  };
  const update = (table, change) => {
    const known = rows.get(table);
    const body = table.tBodies[0];
    for (const [key, cells] of change.rows) {
      const fresh = parse(cells);
      if (known.has(key)) merge(known.get(key), fresh);
      else known.set(key, document.importNode(fresh, true));
    }
    if (change.order) {
      const wanted = new Set(change.order);
      for (const key of [...known.keys()]) if (!wanted.has(key)) known.delete(key);
      const list = change.order.map(key => known.get(key));
      const same = list.length === body.rows.length && list.every((row, i) => row === body.rows[i]);
      if (!same) body.replaceChildren(...list);
    }
    label(table);
    sort(table);
  };
  // Pages of other tabs make new secrets; this one's forms and links stay good.
  const useSecret = secret => {
    document.querySelectorAll('input[name=secret]').forEach(input => { input.value = secret; });
    document.querySelectorAll('a[href*="secret="]').forEach(a => {
      const href = a.getAttribute('href').replace(/([?&]secret=)[^&]*/, `$1${secret}`);
      if (href !== a.getAttribute('href')) a.setAttribute('href', href);
    });
  };
  // What the page showed when it came: its rows are those of the first answer.
  const adopt = answer => {
    tables.forEach((table, i) => {
      const order = answer.tables[i].order || [];
      const own = [...table.tBodies[0].rows];
      if (own.length === order.length) order.forEach((key, j) => rows.get(table).set(key, own[j]));
    });
  };

  let version = '';
  let secret = '';
  const page = (location.pathname.split('/').pop() || 'index.jsp').replace(/\.jsp.*/, '');
  const look = async () => {
    try {
      const query = new URLSearchParams(location.search);
      query.set('since', version);
      const reply = await fetch(`/admin/live/${page}?${query}`, { cache: 'no-store' });
      if (!reply.ok) throw new Error(reply.statusText);
      const answer = await reply.json();
      if (!version && answer.tables) adopt(answer);
      if (answer.all && version) rows.forEach(known => known.clear());
      version = answer.version;
      (answer.tables || []).forEach((change, i) => update(tables[i], change));
      if (secret !== answer.secret) useSecret(secret = answer.secret);
      badge.textContent = 'live';
      badge.classList.remove('lost');
      badge.hidden = false;
    } catch {
      badge.textContent = 'no connection';
      badge.classList.add('lost');
      badge.hidden = false;
    }
    setTimeout(watch, period);
  };
  const watch = () => {
    if (!document.hidden) return void look();
    document.addEventListener('visibilitychange', watch, { once: true });
  };

  // Links that need a choice or a yes.
  document.addEventListener('click', event => {
    const a = event.target.closest('a[data-confirm]');
    if (!a) return;
    event.preventDefault();
    let href = a.href;
    if (a.dataset.target) {
      const choice = document.getElementById(a.dataset.target);
      if (!choice.value) return void alert('Please select a value');
      href += `&destination=${encodeURIComponent(choice.value)}`;
    }
    if (confirm(a.dataset.confirm)) location.href = href;
  });

  // On a phone the bar of tabs is longer than the screen.
  const tab = document.querySelector('header nav [aria-current]');
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 40;

  tables.forEach(table => { label(table); makeSortable(table); });
  if (badge && (tables.length || document.querySelector('[name=secret], a[href*="secret="]'))) watch();
})();
