// Shows every message of /queue/foo as it comes, and sends messages there.
'use strict';
(() => {
  const destination = '/queue/foo';
  const kept = 200;  // older messages leave the page, so that it can stay open for days

  const state = document.getElementById('state');
  const messages = document.getElementById('messages');
  const empty = document.getElementById('empty');
  const form = document.getElementById('send');
  const button = form.querySelector('button');

  const showState = (name, text) => {
    state.dataset.state = name;
    state.textContent = text;
    button.disabled = name !== 'connected';
  };

  const showMessage = body => {
    const text = document.createElement('span');
    text.textContent = body;  // text, never HTML: a message must not run in this page
    const time = document.createElement('time');
    const now = new Date();
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleTimeString();
    const item = document.createElement('li');
    item.append(text, time);
    messages.prepend(item);
    while (messages.children.length > kept) messages.lastElementChild.remove();
    empty.hidden = true;
  };

  const client = new StompJs.Client({
    brokerURL: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`,
    connectHeaders: { login: 'system', passcode: 'manager' },
    reconnectDelay: 1000,
    heartbeatIncoming: 10000,
    heartbeatOutgoing: 10000,
    beforeConnect: () => {
      console.log('connecting...');
      showState('connecting', 'connecting...');
    },
    onConnect: () => {
      console.log('connected.');
      client.subscribe(destination, message => showMessage(message.body));
      showState('connected', 'connected');
    },
    onStompError: frame => showState('failed', frame.headers.message || 'The broker reported an error.'),
    onWebSocketClose: () => {
      if (state.dataset.state !== 'failed') showState('connecting', 'connection lost, trying again...');
      button.disabled = true;
    },
  });

  form.addEventListener('submit', event => {
    event.preventDefault();
    if (!client.connected) return;
    client.publish({ destination, body: form.elements.text.value });
    form.reset();
    form.elements.text.focus();
  });

  client.activate();
})();
