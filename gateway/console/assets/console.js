// Keeps the Stream Pumps table current without a reload. Without script the page is complete too.
'use strict';
(() => {
  const table = document.getElementById('streams');
  if (!table) return;
  const live = document.getElementById('live');
  const none = document.getElementById('none');
  const body = table.tBodies[0];

  const show = streams => {
    while (body.rows.length > streams.length) body.deleteRow(-1);
    streams.forEach((stream, i) => {
      const row = body.rows[i] || body.insertRow();
      const texts = [stream.name, stream.proxy, stream.created, `${stream.activeSeconds} seconds`, String(stream.bytes)];
      texts.forEach((text, j) => {
        const cell = row.cells[j] || row.insertCell();
        const grown = j === 4 && cell.textContent !== '' && cell.textContent !== text;
        if (cell.textContent !== text) cell.textContent = text;
        if (j === 4) cell.classList.toggle('grown', grown);
      });
    });
    if (none) {
      none.hidden = streams.length > 0;
      if (!none.hidden) none.textContent = 'No stream pump is open. A WebSocket shows up here with two pumps, one for each direction.';
    }
  };

  const refresh = async () => {
    try {
      const answer = await fetch('/admin/rest/streams', { cache: 'no-store' });
      if (!answer.ok) throw new Error(answer.statusText);
      show((await answer.json()).streams);
      live.hidden = false;
    } catch {
      live.hidden = true;
    }
    setTimeout(refresh, 1000);
  };
  refresh();
})();
