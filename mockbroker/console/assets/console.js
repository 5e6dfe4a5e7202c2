// Keeps a page's tables current without a reload. Without script the page is complete too.
'use strict';
(() => {
  // On a narrow screen the menu is longer than its line.
  document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

  const live = document.querySelector('[data-live]');
  if (!live) return;
  const period = 1000;
  let tag = '';

  const mark = (cell, text) => {
    cell.classList.toggle('changed', cell.textContent !== '' && cell.textContent !== text);
  };

  // Cell by cell, so that what the pointer is on, and what is selected, stays.
  const merge = (old, fresh) => {
    while (old.rows.length > fresh.rows.length) old.deleteRow(-1);
    [...fresh.rows].forEach((row, i) => {
      const own = old.rows[i] || old.insertRow();
      while (own.cells.length > row.cells.length) own.deleteCell(-1);
      [...row.cells].forEach((cell, j) => {
        const shown = own.cells[j] || own.insertCell();
        mark(shown, cell.textContent);
        if (shown.innerHTML !== cell.innerHTML) shown.innerHTML = cell.innerHTML;
      });
    });
  };

  const show = html => {
    const fresh = new DOMParser().parseFromString(html, 'text/html').body;
    const bodies = [...live.querySelectorAll('tbody')];
    const theirs = [...fresh.querySelectorAll('tbody')];
    const others = root => root.querySelectorAll('.none').length;
    if (bodies.length === 0 || bodies.length !== theirs.length || others(live) !== others(fresh)) {
      live.replaceChildren(...fresh.childNodes);
      return;
    }
    bodies.forEach((body, i) => merge(body, theirs[i]));
  };

  const refresh = async () => {
    try {
      if (!document.hidden) {
        const headers = tag ? { 'If-None-Match': tag } : {};
        const answer = await fetch(live.dataset.live, { cache: 'no-store', headers });
        if (answer.ok) {
          show(await answer.text());
          tag = answer.headers.get('ETag');
        } else if (answer.status !== 304) {
          throw new Error(answer.statusText);
        }
        live.classList.remove('stale');
      }
    } catch {
      live.classList.add('stale');
    }
    setTimeout(refresh, period);
  };
  setTimeout(refresh, period);
})();
